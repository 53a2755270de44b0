import type {
  BuildRepresentation,
  DependencyRepresentation,
} from "../../../api/representations.ts";
import { type FileVersion, filesOfBuild } from "../files/file-version.ts";
import { comparePaths, pathKey } from "../files/paths.ts";

/** What matters of a version to those who fetch it. */
export type Published = Pick<
  FileVersion,
  "kind" | "file_sid" | "path" | "visibility" | "content_sha256" | "content_type"
>;

export type Difference = "kind" | "content" | "visibility" | "type";

type FileChange =
  | { kind: "added" | "removed"; path: string }
  | { kind: "moved"; path: string; from: string }
  | { kind: "changed"; path: string; what: Difference[] };

export type Change =
  | FileChange
  /** Null: it was not, or is no longer, there. */
  | { kind: "dependency"; name: string; before: string | null; after: string | null };

/**
 * Returns what changes for callers when `after` is served in place of `before`, by path. A version
 * that only got another SID is no change; a file that kept its SID and changed its path moved.
 */
export function changesBetween(before: Published[], after: Published[]): FileChange[] {
  const earlier = new Map(before.map((version) => [pathKey(version.path), version]));
  const later = new Map(after.map((version) => [pathKey(version.path), version]));
  const gone = new Map(
    before
      .filter((version) => !later.has(pathKey(version.path)))
      .map((version) => [version.file_sid, version]),
  );
  const changes: FileChange[] = [];
  for (const [key, version] of later) {
    const old = earlier.get(key);
    const { path } = version;
    if (old) {
      const what = differences(old, version);
      if (what.length > 0) changes.push({ kind: "changed", path, what });
      continue;
    }
    const moved = gone.get(version.file_sid);
    if (moved) {
      gone.delete(version.file_sid);
      changes.push({ kind: "moved", path, from: moved.path });
    } else changes.push({ kind: "added", path });
  }
  for (const { path } of gone.values()) changes.push({ kind: "removed", path });
  return changes.sort((left, right) => comparePaths(left.path, right.path));
}

/** Returns how the dependencies `after` differ from those `before`, by name. */
export function dependencyChanges(
  before: DependencyRepresentation[],
  after: DependencyRepresentation[],
): Change[] {
  const earlier = new Map(before.map(({ name, version }) => [name, version]));
  const later = new Map(after.map(({ name, version }) => [name, version]));
  return [...new Set([...earlier.keys(), ...later.keys()])].sort().flatMap((name): Change[] => {
    const [old, now] = [earlier.get(name) ?? null, later.get(name) ?? null];
    return old === now ? [] : [{ kind: "dependency", name, before: old, after: now }];
  });
}

/** Returns what changes when `after` is activated in place of `before`; undefined is nothing at all. */
export function buildChanges(
  before: BuildRepresentation | undefined,
  after: BuildRepresentation | undefined,
): Change[] {
  return [
    ...changesBetween(filesOfBuild(before), filesOfBuild(after)),
    ...dependencyChanges(before?.dependencies ?? [], after?.dependencies ?? []),
  ];
}

function differences(old: Published, now: Published): Difference[] {
  return [
    ...(old.kind !== now.kind ? (["kind"] as const) : []),
    ...(old.content_sha256 !== now.content_sha256 ? (["content"] as const) : []),
    ...(old.visibility !== now.visibility ? (["visibility"] as const) : []),
    ...(old.content_type !== now.content_type ? (["type"] as const) : []),
  ];
}

/** Returns `3 added, 1 changed`, or `no difference`. */
export function changesInWords(changes: Change[]): string {
  const kinds = ["added", "changed", "moved", "removed", "dependency"] as const;
  const words = kinds.flatMap((kind) => {
    const count = changes.filter((change) => change.kind === kind).length;
    const word = kind === "dependency" && count > 1 ? "dependencies" : kind;
    return count > 0 ? [`${count} ${word}`] : [];
  });
  return words.join(", ") || "no difference";
}
