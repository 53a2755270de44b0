import type { BuildAssetVersion } from "../../../api/representations.ts";
import { pathKey } from "../assets/paths.ts";

/** What matters of a version to those who fetch it. */
export type Published = Pick<
  BuildAssetVersion,
  "sid" | "asset_sid" | "path" | "visibility" | "content_sha256" | "content_type"
>;

export type Change =
  | { kind: "added" | "removed"; path: string }
  | { kind: "moved"; path: string; from: string }
  | { kind: "changed"; path: string; what: ("content" | "visibility" | "type")[] };

/**
 * Returns what changes for callers when `after` is served in place of `before`, by path. A version
 * that only got another SID is no change; an asset that kept its SID and changed its path moved.
 */
export function changesBetween(before: Published[], after: Published[]): Change[] {
  const earlier = new Map(before.map((version) => [pathKey(version.path), version]));
  const later = new Map(after.map((version) => [pathKey(version.path), version]));
  const gone = new Map(
    before
      .filter((version) => !later.has(pathKey(version.path)))
      .map((version) => [version.asset_sid, version]),
  );
  const changes: Change[] = [];
  for (const [key, version] of later) {
    const old = earlier.get(key);
    const { path } = version;
    if (old) {
      const what = differences(old, version);
      if (what.length > 0) changes.push({ kind: "changed", path, what });
      continue;
    }
    const moved = gone.get(version.asset_sid);
    if (moved) {
      gone.delete(version.asset_sid);
      changes.push({ kind: "moved", path, from: moved.path });
    } else changes.push({ kind: "added", path });
  }
  for (const { path } of gone.values()) changes.push({ kind: "removed", path });
  return changes.sort((left, right) => (left.path < right.path ? -1 : 1));
}

function differences(old: Published, now: Published): ("content" | "visibility" | "type")[] {
  return [
    ...(old.content_sha256 !== now.content_sha256 ? (["content"] as const) : []),
    ...(old.visibility !== now.visibility ? (["visibility"] as const) : []),
    ...(old.content_type !== now.content_type ? (["type"] as const) : []),
  ];
}

/** Returns `3 added, 1 changed`, or `no difference`. */
export function changesInWords(changes: Change[]): string {
  const kinds = ["added", "changed", "moved", "removed"] as const;
  const words = kinds.flatMap((kind) => {
    const count = changes.filter((change) => change.kind === kind).length;
    return count > 0 ? [`${count} ${kind}`] : [];
  });
  return words.join(", ") || "no difference";
}
