/**
 * The compiled build: what every deployment of one build shares, kept in R2. With the names of a
 * deployment, its hostname and its dates it is a manifest, so that deploying reads no asset and
 * decides nothing about one.
 */

import {
  composedPaths,
  type HeaderFields,
  type ManifestFunction,
  ROOT_DOCUMENT,
} from "../contract/manifest.ts";
import { packageKey } from "../contract/package-format.ts";
import { type CompiledAsset, entityTag } from "./entity-tag.ts";

export type CompiledBuild = {
  headers: HeaderFields[];
  /** Canonical path → asset, in the order of the paths; so are the functions. */
  assets: Map<string, CompiledAsset>;
  functions: Map<string, ManifestFunction>;
};

type StoredBuild = {
  /** Absent from what version 0.1.0 wrote: its paths may be decomposed, and it has no entity tags. */
  format?: typeof BUILD_FORMAT;
  headers: HeaderFields[];
  assets: Record<string, CompiledAsset>;
  functions: Record<string, ManifestFunction>;
};

const BUILD_FORMAT = 2;

/** The R2 key of a compiled build. */
export function buildKey(serviceSid: string, buildSid: string): string {
  return `builds/${serviceSid}/${buildSid}.json`;
}

/** The R2 keys of all that is stored of a build itself: its compiled form and its functions. */
export function buildObjectKeys(serviceSid: string, buildSid: string): string[] {
  return [buildKey(serviceSid, buildSid), packageKey(serviceSid, buildSid)];
}

/** Writes the compiled build; the same one again is the same bytes. */
export async function storeBuild(
  bucket: R2Bucket,
  key: string,
  build: CompiledBuild,
): Promise<void> {
  const stored: StoredBuild = {
    format: BUILD_FORMAT,
    headers: build.headers,
    assets: Object.fromEntries(build.assets),
    functions: Object.fromEntries(build.functions),
  };
  await bucket.put(key, JSON.stringify(stored), {
    httpMetadata: { contentType: "application/json" },
  });
}

/** Reads a compiled build; null where it is gone. */
export async function loadBuild(bucket: R2Bucket, key: string): Promise<CompiledBuild | null> {
  const object = await bucket.get(key);
  if (!object) return null;
  const stored = await object.json<StoredBuild>();
  const { headers } = stored;
  const assets = new Map(Object.entries(stored.assets));
  const functions = new Map(Object.entries(stored.functions));
  if (stored.format === BUILD_FORMAT) return { headers, assets, functions };
  // Not made anew: what an old build is served with was decided when it was made.
  const tagged = await Promise.all(
    [...composedPaths(assets)].map(async ([path, asset]) => {
      const fields = headers[asset.headers] as HeaderFields;
      const root = path === ROOT_DOCUMENT && !assets.has("/");
      return [path, { ...asset, etag: await entityTag(path, asset, fields, root) }] as const;
    }),
  );
  return { headers, assets: new Map(tagged), functions: composedPaths(functions) };
}
