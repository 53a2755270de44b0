import { type UseQueryResult, useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import type {
  BuildRepresentation,
  EnvironmentRepresentation,
} from "../../../api/representations.ts";
import { buildQuery } from "../api/queries.ts";
import { useInspectionOf, useInspections } from "../preflight/inspections.ts";
import { versionWarnings } from "../preflight/version-warnings.ts";
import type { Warning } from "../preflight/warnings.ts";
import { useLeaving } from "./draft.ts";
import { type FileRow, fileRows } from "./file-rows.ts";
import type { FileVersion } from "./file-version.ts";

export type FileList = {
  /** The newest version of each file that is not being deleted. */
  versions: FileVersion[];
  /** One for each of them and for what is only live, in the order of their paths. */
  rows: FileRow[];
  /** By version SID. */
  warnings: ReadonlyMap<string, Warning[]>;
  /** What the target serves; undefined where that is nothing, or is not loaded yet. */
  targetBuild: BuildRepresentation | undefined;
};

const NOTHING: FileVersion[] = [];

/**
 * Returns the files of a service as they are listed: `draft` (the newest versions, as far as they are
 * loaded) beside what each of `environments` serves. Looks into the bytes that nobody looked into.
 */
export function useFileList(
  serviceSid: string,
  draft: FileVersion[] | undefined,
  environments: EnvironmentRepresentation[] | undefined,
  target: EnvironmentRepresentation | undefined,
): FileList {
  const leaving = useLeaving();
  const inspections = useInspections();
  const versions = useMemo(
    () => (draft ?? NOTHING).filter(({ file_sid }) => !leaving.has(file_sid)),
    [draft, leaving],
  );
  const builds = useQueries({
    queries: (environments ?? []).flatMap(({ build_sid }) =>
      build_sid ? [buildQuery(serviceSid, build_sid)] : [],
    ),
    combine: buildsBySid,
  });
  const rows = useMemo(() => {
    const deployed = (environments ?? []).flatMap((environment) => {
      const build = builds.get(environment.build_sid ?? "");
      return build ? [{ environment, build }] : [];
    });
    return fileRows(versions, deployed, target);
  }, [versions, environments, builds, target]);
  useInspectionOf(versions);
  const warnings = useMemo(
    () =>
      new Map(
        versions.flatMap((version) => {
          const found = versionWarnings(version, inspections);
          return found.length > 0 ? [[version.sid, found] as const] : [];
        }),
      ),
    [versions, inspections],
  );
  return { versions, rows, warnings, targetBuild: builds.get(target?.build_sid ?? "") };
}

/** Not made anew with each drawing: the map stays the same until a build comes or goes. */
function buildsBySid(
  results: UseQueryResult<BuildRepresentation>[],
): Map<string, BuildRepresentation> {
  return new Map(results.flatMap(({ data }) => (data ? [[data.sid, data]] : [])));
}
