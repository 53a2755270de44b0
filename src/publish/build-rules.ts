import { canonicalPath } from "../canonical-path.ts";
import type { VersionRow } from "../store/versions.ts";
import { HEADER_RULES_PATH } from "./header-rules.ts";

/** How many assets a build may hold. */
export type BuildLimits = { assets_per_build: number; private_assets_per_build: number };

/**
 * Returns why `versions`, all of one service, cannot make a build, or null when they can: two
 * versions of one asset, two assets at one path, or too many of them (contract 1.5).
 */
export function buildRefusal(versions: VersionRow[], limits: BuildLimits): string | null {
  const sameAsset = firstPair(versions, ({ resource_sid }) => resource_sid);
  if (sameAsset) {
    return `Different Asset Versions for same Asset. Conflicting SIDs: ${sids(sameAsset)}.`;
  }
  const samePath = firstPair(versions, ({ path }) => canonicalPath(path));
  if (samePath) {
    return `Different Assets with the same path ${canonicalPath(samePath[0].path)}. Conflicting SIDs: ${sids(samePath)}.`;
  }
  const served = versions.filter(({ path }) => canonicalPath(path) !== HEADER_RULES_PATH);
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

function sids([one, other]: [VersionRow, VersionRow]): string {
  return `${one.sid} and ${other.sid}`;
}
