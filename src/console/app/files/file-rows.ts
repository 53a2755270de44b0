/** The list of a service's files as rows: in folders, filtered, each with where it is deployed. */
import type {
  BuildRepresentation,
  EnvironmentRepresentation,
} from "../../../api/representations.ts";
import { differences } from "../deploy/changes.ts";
import { type FileVersion, filesOfBuild } from "./file-version.ts";
import { comparePaths, folderOf, nameOf, pathKey, samePath, shownPath } from "./paths.ts";

/**
 * `live`: what the environment serves. `changed`: it serves the file otherwise. `new`: it serves none of
 * it. `deleted`: it serves the file, until a deployment, although it is deleted.
 */
export type FileState = "live" | "changed" | "new" | "deleted";

export type FileRow = {
  kind: "file";
  version: FileVersion;
  /** For people. */
  path: string;
  name: string;
  level: number;
  /** In the environment that is deployed to. */
  state: FileState;
  /** What the environment serves of the file, or at its path; null for nothing. */
  live: FileVersion | null;
  /** Names of the environments that serve exactly this version. */
  liveIn: string[];
};

export type FolderRow = {
  kind: "folder";
  path: string;
  name: string;
  level: number;
  files: number;
  open: boolean;
};

export type Deployed = { environment: EnvironmentRepresentation; build: BuildRepresentation };

/**
 * Returns a row for each version, and for each file that the target serves and the draft has no more,
 * in the order of their paths. A version that is like the one that is served, SIDs apart, is live.
 */
export function fileRows(
  versions: FileVersion[],
  deployed: Deployed[],
  target: EnvironmentRepresentation | undefined,
): FileRow[] {
  const live = deployed.map(({ environment, build }) => {
    const files = filesOfBuild(build);
    return {
      name: environment.unique_name,
      isTarget: environment.sid === target?.sid,
      files: new Map(files.map((version) => [version.file_sid, version])),
      paths: new Map(files.map((version) => [pathKey(version.path), version])),
    };
  });
  const inTarget = live.find(({ isTarget }) => isTarget);
  const servedIn = (version: FileVersion) =>
    live.filter(({ files }) => isServed(version, files.get(version.file_sid)));
  /** What the target serves of the file, or of the one whose place it takes. */
  const servedFor = (version: FileVersion) =>
    inTarget?.files.get(version.file_sid) ?? inTarget?.paths.get(pathKey(version.path));
  const row = (version: FileVersion, state: FileState): FileRow => {
    const path = shownPath(version.path);
    return {
      kind: "file",
      version,
      path,
      name: nameOf(path),
      level: 1,
      state,
      live: servedFor(version) ?? null,
      liveIn: servedIn(version).map(({ name }) => name),
    };
  };
  const drafted = new Set(versions.map(({ file_sid }) => file_sid));
  const taken = new Set(versions.map(({ path }) => pathKey(path)));
  const deleted = [...(inTarget?.files.values() ?? [])].filter(
    ({ file_sid, path }) => !drafted.has(file_sid) && !taken.has(pathKey(path)),
  );
  return [
    ...versions.map((version) => {
      const served = servedFor(version);
      if (isServed(version, served)) return row(version, "live");
      return row(version, served ? "changed" : "new");
    }),
    ...deleted.map((version) => row(version, "deleted")),
  ].sort((left, right) => comparePaths(left.path, right.path));
}

function isServed(version: FileVersion, served: FileVersion | undefined): boolean {
  if (!served) return false;
  if (served.sid === version.sid) return true;
  const samePlace = samePath(served.path, version.path);
  return samePlace && differences(served, version).length === 0;
}

/** Puts rows below the folders of their paths; what is in a `closed` folder is left out. */
export function inFolders(rows: FileRow[], closed: ReadonlySet<string>): (FileRow | FolderRow)[] {
  const files = new Map<string, FileRow[]>();
  const folders = new Map<string, Set<string>>();
  const counts = new Map<string, number>();
  for (const row of rows) {
    let folder = folderOf(row.path);
    const siblings = files.get(folder);
    if (siblings) siblings.push(row);
    else files.set(folder, [row]);
    while (folder !== "/") {
      counts.set(folder, (counts.get(folder) ?? 0) + 1);
      const parent = folderOf(folder);
      folders.set(parent, (folders.get(parent) ?? new Set()).add(folder));
      folder = parent;
    }
  }
  const below = (folder: string, level: number): (FileRow | FolderRow)[] => [
    ...[...(folders.get(folder) ?? [])].sort(comparePaths).flatMap((path) => {
      const open = !closed.has(path);
      const header: FolderRow = {
        kind: "folder",
        path,
        name: nameOf(path),
        level,
        files: counts.get(path) ?? 0,
        open,
      };
      return open ? [header, ...below(path, level + 1)] : [header];
    }),
    ...(files.get(folder) ?? []).map((row) => ({ ...row, level })),
  ];
  return below("/", 1);
}
