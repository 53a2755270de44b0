import { Hono } from "hono";
import { LOG_DAYS } from "../activity/bounds.ts";
import type { LogQuery, LogRow } from "../activity/logs.ts";
import type { PageQuery } from "../activity/page.ts";
import type { EnvironmentRow } from "../store/environments.ts";
import { timestamp } from "../store/timestamp.ts";
import { activityOf, pageOf } from "./activity.ts";
import type { ApiContext, ApiEnv } from "./context.ts";
import { invalid } from "./errors.ts";
import { listRequest, listResponse } from "./paging.ts";
import { found, requireEnvironment } from "./parents.ts";
import type { LogRepresentation } from "./representations.ts";
import { isSid } from "./sids.ts";

const PATH = "/v1/Services/:serviceSid/Environments/:environmentSid/Logs";

const DAY = 24 * 3600 * 1000;

/** What functions wrote (contract 1.2): the last day's unless the filters say otherwise. */
export const logs = new Hono<ApiEnv>().basePath(PATH);

logs.get("/", async (context) => {
  const request = await listRequest(context);
  const filter = readFilter(context);
  const environment = await requireEnvironment(context);
  const page = await activityOf(context, environment).listLogs({ ...pageOf(request), ...filter });
  return listResponse(context, "logs", request, page, (row) => {
    return present(context, environment, row);
  });
});

logs.get("/:logSid", async (context) => {
  const environment = await requireEnvironment(context);
  const row = await activityOf(context, environment).findLog(context.req.param("logSid"));
  return context.json(present(context, environment, found(context, row)));
});

function readFilter(context: ApiContext): Omit<LogQuery, keyof PageQuery> {
  const functionSid = context.req.query("FunctionSid") ?? null;
  if (functionSid !== null && !isSid(functionSid, "ZH")) {
    throw invalid("Invalid parameter FunctionSid: it must be ZH and 32 hexadecimal digits");
  }
  const now = Date.now();
  const start = readDate(context, "StartDate")?.getTime() ?? now - DAY;
  return {
    functionSid,
    requestSid: context.req.query("RequestSid") ?? null,
    // What is older may still be there until the next maintenance.
    start: timestamp(new Date(Math.max(start, now - LOG_DAYS * DAY))),
    end: timestamp(readDate(context, "EndDate") ?? new Date(now)),
  };
}

/** A date, or a date and time with a zone or, in UTC, without. */
export function readDate(context: ApiContext, name: string): Date | null {
  const value = context.req.query(name);
  if (value === undefined) return null;
  const iso = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/i;
  const date = new Date(value);
  if (iso.test(value) && !Number.isNaN(date.getTime())) return date;
  throw invalid(`Invalid parameter ${name}: it must be a date and time of ISO 8601`);
}

function present(
  context: ApiContext,
  { account_sid, service_sid, sid }: EnvironmentRow,
  row: LogRow,
): LogRepresentation {
  const environment = `Services/${service_sid}/Environments/${sid}`;
  return {
    sid: row.sid,
    account_sid,
    service_sid,
    environment_sid: sid,
    build_sid: row.build_sid,
    deployment_sid: row.deployment_sid,
    // A line that was written outside of any request has neither.
    function_sid: row.function_sid || null,
    request_sid: row.request_sid || null,
    level: row.level,
    message: row.message,
    date_created: row.date_created,
    url: `${context.var.baseUrl}/${environment}/Logs/${row.sid}`,
  };
}
