import { queryOptions } from "@tanstack/react-query";
import type {
  LogRepresentation,
  RequestRepresentation,
  StatisticsRepresentation,
} from "../../../api/representations.ts";
import { get, listUntil } from "../api/client.ts";
import { environmentPath } from "../api/queries.ts";

/** Requests that the list shows at most; earlier ones are found by the filters. */
export const MOST_REQUESTS = 500;

export type RequestSource = { serviceSid: string; environmentSid: string };

/** Null filters nothing. */
export type RequestFilter = { path: string | null; status: string | null; reason: string | null };

/** How often statistics are read again, milliseconds. */
const REFRESH = 60_000;

/** Newest first. */
export function latestRequests(
  { serviceSid, environmentSid }: RequestSource,
  { path, status, reason }: RequestFilter,
  known: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<RequestRepresentation[]> {
  return listUntil<RequestRepresentation>(
    `${environmentPath(serviceSid, environmentSid)}/Requests`,
    "requests",
    {
      ...(path && { Path: path }),
      ...(status && { Status: status }),
      ...(reason && { Reason: reason }),
    },
    { known: ({ sid }) => known.has(sid), most: known.size === 0 ? 200 : MOST_REQUESTS },
    signal,
  );
}

export function requestQuery({ serviceSid, environmentSid }: RequestSource, sid: string) {
  const path = `${environmentPath(serviceSid, environmentSid)}/Requests/${encodeURIComponent(sid)}`;
  return queryOptions({
    queryKey: ["request", environmentSid, sid],
    queryFn: ({ signal }) => get<RequestRepresentation>(path, signal),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
}

/** What a function wrote in one call; oldest first. It comes a moment after the answer. */
export function callLogsQuery(
  { serviceSid, environmentSid }: RequestSource,
  requestSid: string | null,
) {
  return queryOptions({
    queryKey: ["call-logs", environmentSid, requestSid],
    queryFn: async ({ signal }) => {
      const lines = await listUntil<LogRepresentation>(
        `${environmentPath(serviceSid, environmentSid)}/Logs`,
        "logs",
        { RequestSid: requestSid ?? "", StartDate: new Date(0).toISOString() },
        { known: () => false, most: 1_000 },
        signal,
      );
      return lines.reverse();
    },
    enabled: requestSid !== null,
    refetchInterval: 3_000,
  });
}

export function statisticsQuery({ serviceSid, environmentSid }: RequestSource) {
  return queryOptions({
    queryKey: ["statistics", environmentSid],
    queryFn: ({ signal }) =>
      get<StatisticsRepresentation>(
        `${environmentPath(serviceSid, environmentSid)}/Statistics`,
        signal,
      ),
    refetchInterval: REFRESH,
    staleTime: REFRESH / 2,
  });
}

/** Whether a filter lets a request through, as the API's filters do. */
export function isAskedFor(
  { path, status, reason }: RequestRepresentation,
  filter: RequestFilter,
): boolean {
  if (filter.path !== null) {
    const fits = filter.path.endsWith("*")
      ? path.startsWith(filter.path.slice(0, -1))
      : path === filter.path;
    if (!fits) return false;
  }
  if (filter.status !== null) {
    const shown = String(status);
    if (filter.status.endsWith("xx") ? shown[0] !== filter.status[0] : shown !== filter.status) {
      return false;
    }
  }
  return filter.reason === null || reason === filter.reason;
}

/** Adds what came to what is shown: newest first, each once, not more than the list shows. */
export function withNew(
  shown: RequestRepresentation[],
  came: RequestRepresentation[],
): RequestRepresentation[] {
  const known = new Set(shown.map(({ sid }) => sid));
  const added = came.filter(({ sid }) => !known.has(sid));
  if (added.length === 0) return shown;
  return [...added, ...shown]
    .sort((one, other) => (one.date_created < other.date_created ? 1 : -1))
    .slice(0, MOST_REQUESTS);
}
