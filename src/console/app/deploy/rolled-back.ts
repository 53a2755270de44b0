import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type {
  BuildRepresentation,
  EnvironmentRepresentation,
} from "../../../api/representations.ts";
import { buildQuery, deploymentsQuery } from "../api/queries.ts";
import { undoneBuild } from "./undone-build.ts";

/** What a roll-back took away, and when; `build` is undefined until it is loaded, or no longer kept. */
export type RolledBack = { date: string; build: BuildRepresentation | undefined };

/** Returns what was taken back in `environment` last, as long as nothing was deployed since; else null. */
export function useUndoneBuild(
  environment: EnvironmentRepresentation | undefined,
  wanted: boolean,
): RolledBack | null {
  const serviceSid = environment?.service_sid ?? "";
  const deployments = useQuery({
    ...deploymentsQuery(serviceSid, environment?.sid ?? ""),
    enabled: wanted && environment !== undefined && environment.build_sid !== null,
  });
  const newest = deployments.data?.[0];
  const isCurrent = newest !== undefined && newest.build_sid === environment?.build_sid;
  const sid = wanted && isCurrent ? undoneBuild(deployments.data ?? []) : null;
  const build = useQuery({ ...buildQuery(serviceSid, sid ?? ""), enabled: sid !== null }).data;
  return useMemo(
    () => (newest && sid !== null ? { date: newest.date_created, build } : null),
    [newest, sid, build],
  );
}
