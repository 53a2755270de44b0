import { Hono } from "hono";
import type { StatisticsRow } from "../activity/statistics.ts";
import { activityOf, ownerOf } from "./activity.ts";
import type { ApiEnv } from "./context.ts";
import { requireEnvironment } from "./parents.ts";
import type { StatisticsRepresentation } from "./representations.ts";

/** Extension: how often what was asked for, by day, path and status (docs/api.md). */
export const statistics = new Hono<ApiEnv>();

statistics.get(
  "/v1/Services/:serviceSid/Environments/:environmentSid/Statistics",
  async (context) => {
    const environment = await requireEnvironment(context);
    const { environment_url, ...sids } = ownerOf(context, environment);
    const path = context.req.query("Path") ?? null;
    const { days, hours, lastFetches } = await activityOf(context, environment).statistics({
      now: Date.now(),
      path,
    });
    const answer: StatisticsRepresentation = {
      ...sids,
      days: days.map((row) => ({ date: row.period, path: row.path || null, ...countsOf(row) })),
      hours: hours.map((row) => ({ date: `${row.period}:00:00Z`, ...countsOf(row) })),
      last_requests: lastFetches.map(({ time, ...last }) => ({
        ...last,
        date: new Date(time).toISOString(),
      })),
      url: `${environment_url}/Statistics`,
    };
    return context.json(answer);
  },
);

function countsOf({ status, requests, bytes }: StatisticsRow) {
  return { status, requests, errors: status >= 400 ? requests : 0, bytes };
}
