import {
  type Manifest,
  type ManifestAsset,
  type ManifestFunction,
  ROOT_DOCUMENT,
} from "../contract/manifest.ts";
import { evaluatePreconditions, ifRangeHolds, type Validators } from "./preconditions.ts";
import { type ByteRange, evaluateRange } from "./range.ts";

/** What a request for an asset it may have is to be answered with. */
export type Intent =
  | { kind: "whole" }
  | { kind: "partial"; range: ByteRange }
  | { kind: "headers-only" }
  | { kind: "not-modified" }
  | { kind: "precondition-failed" }
  | { kind: "range-unsatisfiable" };

/** What a path names. A build has no path twice; what it stores as `/` goes before the document. */
export type Resource =
  | { kind: "asset"; asset: ManifestAsset }
  | { kind: "function"; fn: ManifestFunction }
  | { kind: "nothing" };

/** Finds the resource of a canonical path. */
export function resourceAt(manifest: Manifest, path: string): Resource {
  const asset = manifest.assets.get(path);
  if (asset !== undefined) return { kind: "asset", asset };
  const fn = manifest.functions.get(path);
  if (fn !== undefined) return { kind: "function", fn };
  const document = path === "/" ? manifest.assets.get(ROOT_DOCUMENT) : undefined;
  return document === undefined ? NOTHING : { kind: "asset", asset: document };
}

export const NOTHING: Resource = { kind: "nothing" };

const WHOLE: Intent = { kind: "whole" };

/** Decides the answer to GET, HEAD or POST from the manifest's facts alone; `now` in Unix seconds. */
export function decide(
  method: string,
  headers: Headers,
  validators: Validators,
  size: number,
  now: number,
): Intent {
  const precondition = evaluatePreconditions(method, headers, validators, now);
  if (precondition !== "proceed") return { kind: precondition };
  if (method === "HEAD") return { kind: "headers-only" };
  // RFC 9110 14.2: Range is defined for GET alone.
  if (method !== "GET") return WHOLE;
  const field = headers.get("range");
  if (field === null || !ifRangeHolds(headers.get("if-range"), validators, now)) return WHOLE;
  const outcome = evaluateRange(field, size);
  switch (outcome.kind) {
    case "whole":
      return WHOLE;
    case "partial":
      return outcome;
    case "unsatisfiable":
      return { kind: "range-unsatisfiable" };
    default:
      return outcome satisfies never;
  }
}
