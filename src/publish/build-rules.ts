import { canonicalPath } from "../contract/canonical-path.ts";
import type { VersionRow } from "../store/versions.ts";
import { HEADER_RULES_PATH } from "./header-rules.ts";

/** How many assets and functions a build may hold. */
export type BuildLimits = {
  assets_per_build: number;
  private_assets_per_build: number;
  function_versions_per_build: number;
};

/** What the API calls a kind of resource. */
const KINDS = { asset: "Asset", function: "Function" };

/**
 * Returns why `versions`, all of one service, cannot make a build, or null when they can: two
 * versions of one resource, two resources at one path, or too many of them (contract 1.5).
 */
export function buildRefusal(versions: VersionRow[], limits: BuildLimits): string | null {
  const same = firstPair(versions, ({ resource_sid }) => resource_sid);
  if (same) {
    const kind = KINDS[same[0].kind];
    return `Different ${kind} Versions for same ${kind}. Conflicting SIDs: ${sids(same)}.`;
  }
  const samePath = firstPair(versions, ({ path }) => canonicalPath(path));
  if (samePath) {
    return `${pairName(samePath)} with the same path ${canonicalPath(samePath[0].path)}. Conflicting SIDs: ${sids(samePath)}.`;
  }
  const functions = versions.filter(({ kind }) => kind === "function");
  if (functions.length > limits.function_versions_per_build) {
    return `Functions are limited to less than or equal to ${limits.function_versions_per_build} in a Build`;
  }
  const assets = versions.filter(({ kind }) => kind === "asset");
  const served = assets.filter(({ path }) => canonicalPath(path) !== HEADER_RULES_PATH);
  const hidden = served.filter(({ visibility }) => visibility === "private").length;
  if (served.length - hidden > limits.assets_per_build) {
    return `Public and protected Assets are limited to less than or equal to ${limits.assets_per_build} in a Build`;
  }
  if (hidden > limits.private_assets_per_build) {
    return `Private Assets are limited to less than or equal to ${limits.private_assets_per_build} in a Build`;
  }
  return null;
}

function firstPair(
  versions: VersionRow[],
  key: (version: VersionRow) => string | null,
): [VersionRow, VersionRow] | null {
  const taken = new Map<string | null, VersionRow>();
  for (const version of versions) {
    const other = taken.get(key(version));
    if (other) return [other, version];
    taken.set(key(version), version);
  }
  return null;
}

function pairName([one, other]: [VersionRow, VersionRow]): string {
  return one.kind === other.kind ? `Different ${KINDS[one.kind]}s` : "A Function and an Asset";
}

function sids([one, other]: [VersionRow, VersionRow]): string {
  return `${one.sid} and ${other.sid}`;
}
