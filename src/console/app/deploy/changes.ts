import type {
  BuildRepresentation,
  DependencyRepresentation,
  Visibility,
} from "../../../api/representations.ts";
import { type FileVersion, filesOfBuild } from "../files/file-version.ts";
import { comparePaths, pathKey } from "../files/paths.ts";
import { isWider } from "../files/visibilities.ts";

/** What matters of a version to those who fetch it. */
export type Published = Pick<
  FileVersion,
  "kind" | "file_sid" | "path" | "visibility" | "content_sha256" | "content_type"
>;

export type Difference = "kind" | "content" | "visibility" | "type";

/** Who could fetch it, and who can then. */
export type VisibilityChange = { from: Visibility; to: Visibility };

/** `file`: the file that is then, or was, at the path. `visibility`: where that changes. */
export type FileChange = { path: string; file: string } & (
  | { kind: "added"; now: Visibility }
  | { kind: "removed" }
  | { kind: "moved"; from: string; what: Difference[]; visibility?: VisibilityChange }
  | { kind: "changed"; what: Difference[]; visibility?: VisibilityChange }
);

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
    const { path, file_sid: file } = version;
    if (old) {
      const what = differences(old, version);
      if (what.length > 0) {
        changes.push({ kind: "changed", path, file, what, ...visibilityChange(old, version) });
      }
      continue;
    }
    const moved = gone.get(file);
    if (moved) {
      gone.delete(file);
      const more = { what: differences(moved, version), ...visibilityChange(moved, version) };
      changes.push({ kind: "moved", path, file, from: moved.path, ...more });
    } else changes.push({ kind: "added", path, file, now: version.visibility });
  }
  for (const { path, file_sid: file } of gone.values()) {
    changes.push({ kind: "removed", path, file });
  }
  return changes.sort((left, right) => comparePaths(left.path, right.path));
}

function visibilityChange(old: Published, now: Published): { visibility?: VisibilityChange } {
  const [from, to] = [old.visibility, now.visibility];
  return from === to ? {} : { visibility: { from, to } };
}

/** Whether a change lets more people fetch a file than may now. */
export function isExposing(change: Change): boolean {
  if (change.kind !== "changed" && change.kind !== "moved") return false;
  return change.visibility !== undefined && isWider(change.visibility.from, change.visibility.to);
}

/**
 * Returns those of `changes`, from what is served to `draft`, that lead back to what `undone` held:
 * the build that somebody took back.
 */
export function comingBack(
  changes: FileChange[],
  draft: Published[],
  undone: Published[],
): FileChange[] {
  const drafted = new Map(draft.map((version) => [pathKey(version.path), version]));
  const taken = new Map(undone.map((version) => [pathKey(version.path), version]));
  return changes.filter((change) => {
    const key = pathKey(change.path);
    const [now, then] = [drafted.get(key), taken.get(key)];
    if (change.kind === "removed") return then === undefined;
    return now !== undefined && then !== undefined && differences(now, then).length === 0;
  });
}

/**
 * Returns what a build is made of in which only `files` (SIDs) are as in `draft`, and everything else
 * is as it is `live`: those that the draft has no more are left out. What stands at a path that one of
 * them takes makes room for it.
 */
export function deployedAlone<Version extends Published>(
  live: Version[],
  draft: Version[],
  files: ReadonlySet<string>,
): Version[] {
  const taken = draft.filter(({ file_sid }) => files.has(file_sid));
  const paths = new Set(taken.map(({ path }) => pathKey(path)));
  const kept = live.filter(
    ({ file_sid, path }) => !files.has(file_sid) && !paths.has(pathKey(path)),
  );
  return [...kept, ...taken];
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

/** Returns how two versions differ for those who fetch them, their paths left out. */
export function differences(old: Published, now: Published): Difference[] {
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
