/** What the pages read, under the keys that writers invalidate. */
import { queryOptions } from "@tanstack/react-query";
import type {
  AssetVersionRepresentation,
  BuildRepresentation,
  DeploymentRepresentation,
  DomainRepresentation,
  EnvironmentRepresentation,
  ServiceRepresentation,
  UsageRepresentation,
  VariableRepresentation,
} from "../../../api/representations.ts";
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

/** The newest version of each asset: the service as it would be deployed now. */
export function draftQuery(serviceSid: string) {
  return queryOptions({
    queryKey: ["service", serviceSid, "draft"],
    queryFn: ({ signal }) =>
      list<AssetVersionRepresentation>(
        `${servicePath(serviceSid)}/AssetVersions`,
        "asset_versions",
        signal,
      ),
    refetchInterval: REFRESH,
    structuralSharing: (before, after) =>
      sharedVersions(
        before as AssetVersionRepresentation[] | undefined,
        after as AssetVersionRepresentation[],
      ),
  });
}

/** Versions never change: those that were known keep their identity, so that their rows keep theirs. */
function sharedVersions(
  before: AssetVersionRepresentation[] | undefined,
  after: AssetVersionRepresentation[],
): AssetVersionRepresentation[] {
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

export function contentPath(version: {
  service_sid: string;
  asset_sid: string;
  sid: string;
}): string {
  return `${servicePath(version.service_sid)}/Assets/${version.asset_sid}/Versions/${version.sid}/Content`;
}
