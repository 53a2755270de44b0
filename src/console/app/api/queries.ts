/** What the pages read, under the keys that writers invalidate. */
import { queryOptions } from "@tanstack/react-query";
import type {
  AssetVersionRepresentation,
  BuildRepresentation,
  DeploymentRepresentation,
  DomainRepresentation,
  EnvironmentRepresentation,
  FunctionVersionRepresentation,
  ServiceRepresentation,
  UsageRepresentation,
  VariableRepresentation,
} from "../../../api/representations.ts";
import { assetFile, type FileKind, type FileVersion, functionFile } from "../files/file-version.ts";
import { firstPage, get, list } from "./client.ts";

/** Another tab or tool may write too: what is shown is fetched again this often, milliseconds. */
const REFRESH = 15_000;

/** How many deployments the history shows. */
export const HISTORY_LENGTH = 50;

export function usageQuery() {
  return queryOptions({
    queryKey: ["usage"],
    queryFn: ({ signal }) => get<UsageRepresentation>("/v1/Usage", signal),
  });
}

export function servicesQuery() {
  return queryOptions({
    queryKey: ["services"],
    queryFn: ({ signal }) => list<ServiceRepresentation>("/v1/Services", "services", signal),
  });
}

export function serviceQuery(serviceSid: string) {
  return queryOptions({
    queryKey: ["service", serviceSid, "self"],
    queryFn: ({ signal }) => get<ServiceRepresentation>(servicePath(serviceSid), signal),
    refetchInterval: REFRESH,
  });
}

export function environmentsQuery(serviceSid: string) {
  return queryOptions({
    queryKey: ["service", serviceSid, "environments"],
    queryFn: ({ signal }) =>
      list<EnvironmentRepresentation>(
        `${servicePath(serviceSid)}/Environments`,
        "environments",
        signal,
      ),
    refetchInterval: REFRESH,
  });
}

/** The newest version of each file: the service as it would be deployed now. */
export function draftQuery(serviceSid: string) {
  return queryOptions({
    queryKey: ["service", serviceSid, "draft"],
    queryFn: async ({ signal }) => {
      const path = servicePath(serviceSid);
      const [assets, functions] = await Promise.all([
        list<AssetVersionRepresentation>(`${path}/AssetVersions`, "asset_versions", signal),
        list<FunctionVersionRepresentation>(
          `${path}/FunctionVersions`,
          "function_versions",
          signal,
        ),
      ]);
      return [...assets.map(assetFile), ...functions.map(functionFile)];
    },
    refetchInterval: REFRESH,
    structuralSharing: (before, after) =>
      sharedVersions(before as FileVersion[] | undefined, after as FileVersion[]),
  });
}

/** Versions never change: those that were known keep their identity, so that their rows keep theirs. */
function sharedVersions(before: FileVersion[] | undefined, after: FileVersion[]): FileVersion[] {
  if (!before) return after;
  const known = new Map(before.map((version) => [version.sid, version]));
  const shared = after.map((version) => known.get(version.sid) ?? version);
  const same =
    shared.length === before.length && shared.every((version, index) => version === before[index]);
  return same ? before : shared;
}

/** A build never changes once it is made, so it is fetched once. */
export function buildQuery(serviceSid: string, buildSid: string) {
  return queryOptions({
    queryKey: ["build", buildSid],
    queryFn: ({ signal }) =>
      get<BuildRepresentation>(`${servicePath(serviceSid)}/Builds/${buildSid}`, signal),
    staleTime: Number.POSITIVE_INFINITY,
    // Builds are deleted a while after nobody serves them: then there is nothing to try again.
    retry: false,
  });
}

/** The build that was made last, whether or not it is deployed; null where there is none. */
export function newestBuildQuery(serviceSid: string) {
  return queryOptions({
    queryKey: ["service", serviceSid, "newest-build"],
    queryFn: async ({ signal }) => {
      const path = `${servicePath(serviceSid)}/Builds`;
      const [newest] = await firstPage<BuildRepresentation>(path, "builds", 1, signal);
      return newest ?? null;
    },
  });
}

export function deploymentsQuery(serviceSid: string, environmentSid: string) {
  return queryOptions({
    queryKey: ["service", serviceSid, "deployments", environmentSid],
    queryFn: ({ signal }) =>
      firstPage<DeploymentRepresentation>(
        `${environmentPath(serviceSid, environmentSid)}/Deployments`,
        "deployments",
        HISTORY_LENGTH,
        signal,
      ),
  });
}

export function variablesQuery(serviceSid: string, environmentSid: string) {
  return queryOptions({
    queryKey: ["service", serviceSid, "variables", environmentSid],
    queryFn: ({ signal }) =>
      list<VariableRepresentation>(
        `${environmentPath(serviceSid, environmentSid)}/Variables`,
        "variables",
        signal,
      ),
  });
}

export function domainsQuery(serviceSid: string, environmentSid: string) {
  return queryOptions({
    queryKey: ["service", serviceSid, "domains", environmentSid],
    queryFn: ({ signal }) =>
      list<DomainRepresentation>(
        `${environmentPath(serviceSid, environmentSid)}/Domains`,
        "domains",
        signal,
      ),
  });
}

export function servicePath(serviceSid: string): string {
  return `/v1/Services/${serviceSid}`;
}

export function environmentPath(serviceSid: string, environmentSid: string): string {
  return `${servicePath(serviceSid)}/Environments/${environmentSid}`;
}

/** The path of a service's assets, or functions. */
export function filesPath(serviceSid: string, kind: FileKind): string {
  return `${servicePath(serviceSid)}/${kind === "asset" ? "Assets" : "Functions"}`;
}

export function contentPath({ service_sid, kind, file_sid, sid }: FileVersion): string {
  return `${filesPath(service_sid, kind)}/${file_sid}/Versions/${sid}/Content`;
}
