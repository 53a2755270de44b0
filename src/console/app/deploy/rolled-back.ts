import { useQuery } from "@tanstack/react-query";
import type {
  BuildRepresentation,
  EnvironmentRepresentation,
} from "../../../api/representations.ts";
import { buildQuery, deploymentsQuery } from "../api/queries.ts";
import { undoneBuild } from "./undone-build.ts";

/** Returns the build that was taken back in `environment`, as long as nothing was deployed since. */
export function useUndoneBuild(
  environment: EnvironmentRepresentation | undefined,
  wanted: boolean,
): BuildRepresentation | undefined {
  const serviceSid = environment?.service_sid ?? "";
  const deployments = useQuery({
    ...deploymentsQuery(serviceSid, environment?.sid ?? ""),
    enabled: wanted && environment !== undefined && environment.build_sid !== null,
  });
  const sid = undoneBuild(deployments.data ?? []);
  return useQuery({
    ...buildQuery(serviceSid, sid ?? ""),
    enabled: wanted && sid !== null && deployments.data?.[0]?.build_sid === environment?.build_sid,
  }).data;
}
