import type { HeaderFields, ManifestVisibility } from "../contract/manifest.ts";
import type { BuildError } from "../store/builds.ts";
import { protectionRefusal } from "./header-policy.ts";
import { HEADER_RULES_PATH, type HeaderRule } from "./header-rules.ts";
import { isMediaType } from "./media-type.ts";
import { matchPath, substitute } from "./path-pattern.ts";
import { defaultHeaders } from "./response-headers.ts";
import { crossOriginIdleness, type RuleEffects } from "./rule-effects.ts";

export type AssetFacts = {
  /** Canonical. */
  path: string;
  visibility: ManifestVisibility;
  /** Content-Type as uploaded. */
  type: string;
  /** Whether `/` shows this asset. */
  root: boolean;
};

export type AssetHeaders =
  | { ok: true; type: string; headers: HeaderFields }
  | { ok: false; error: BuildError };

/** Bytes of one asset's header lines; proxies on the way to a phone take few more than 8 KiB. */
const MAX_HEADER_BYTES = 8 * 1024;

/** `lines`: all those whose values are joined in it; `line`: the last. */
type AppliedField = { name: string; value: string; line: number; lines: number[] };

/**
 * Returns the Content-Type and the header set that `asset` is served with: the defaults, changed by
 * every rule whose path matches, in the order of the file. As on Cloudflare Pages, the first rule
 * that sets a header replaces the default, a further one is joined to it with a comma, and `!`
 * removes what stands so far. Content-Type is one value: the last rule that sets it wins. What had
 * an effect is noted in `effects`.
 */
export function assetHeaders(
  asset: AssetFacts,
  rules: HeaderRule[],
  effects: RuleEffects,
): AssetHeaders {
  const set = new Map<string, AppliedField>();
  /** What rules unset: the line each did it on. */
  const unset = new Map<string, { name: string; line: number }>();
  let type = asset.type;
  let typeLine: number | null = null;
  for (const rule of rules) {
    const captured = matchAsset(rule, asset);
    if (!captured) continue;
    effects.matched.add(rule.line);
    effects.applied += rule.changes.length;
    for (const change of rule.changes) {
      const { name, line } = change;
      const field = name.toLowerCase();
      if (change.kind === "unset") {
        if (set.delete(field)) effects.effective.add(line);
        unset.set(field, { name, line });
        continue;
      }
      const value = substitute(change.value, captured, MAX_HEADER_BYTES);
      if (value === null) return refused(line, tooLarge(asset));
      if (field === "content-type") {
        if (!isMediaType(value)) return refused(line, `${value} is no media type`);
        type = value;
        typeLine = line;
        continue;
      }
      const earlier = set.get(field);
      const joined = earlier ? `${earlier.value}, ${value}` : value;
      // Told at once: what a hundred rules could join for each of a thousand assets is gigabytes.
      if (joined.length > MAX_HEADER_BYTES) return refused(line, tooLarge(asset));
      const lines = earlier?.lines ?? [];
      lines.push(line);
      set.set(field, { name, line, value: joined, lines });
    }
  }
  const headers: HeaderFields = [];
  for (const [name, value] of defaultHeaders(asset.visibility, type)) {
    const field = name.toLowerCase();
    const removal = unset.get(field);
    if (removal) effects.effective.add(removal.line);
    if (!removal && !set.has(field)) headers.push([name, value]);
  }
  for (const { name, value } of set.values()) headers.push([name, value]);
  if (typeLine !== null) effects.effective.add(typeLine);
  if (asset.visibility === "protected") {
    for (const [field, { name, line }] of unset) {
      const refusal = set.has(field) ? null : protectionRefusal(name, null);
      if (refusal) return refused(line, `${refusal} (${asset.path})`);
    }
    for (const { name, value, line } of set.values()) {
      const refusal = protectionRefusal(name, value);
      if (refusal) return refused(line, `${refusal} (${asset.path})`);
    }
  }
  const size = headers.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
  if (size > MAX_HEADER_BYTES) {
    return { ok: false, error: { path: HEADER_RULES_PATH, message: tooLarge(asset) } };
  }
  const idlenessOf = crossOriginIdleness(headers);
  for (const { name, lines } of set.values()) {
    const idleness = idlenessOf(name);
    for (const line of lines) {
      if (idleness === null) effects.effective.add(line);
      else effects.idle.set(line, idleness);
    }
  }
  return { ok: true, type, headers };
}

/** A rule for `/` is for the asset that `/` shows, under whatever path that one is stored. */
function matchAsset(rule: HeaderRule, asset: AssetFacts): Map<string, string> | null {
  return matchPath(rule.pattern, asset.path) ?? (asset.root ? matchPath(rule.pattern, "/") : null);
}

function tooLarge({ path }: AssetFacts): string {
  return `the headers of ${path} are larger than ${MAX_HEADER_BYTES} bytes`;
}

function refused(line: number, message: string): AssetHeaders {
  return { ok: false, error: { path: HEADER_RULES_PATH, line, message } };
}
