import { Hono } from "hono";
import { findLog, LOG_DAYS, type LogFilter, type LogRow, listLogs } from "../store/logs.ts";
import { timestamp } from "../store/timestamp.ts";
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
  const page = await listLogs(context.env.DB, environment.sid, filter, request);
  return listResponse(context, "logs", request, page, (row) => present(context, row));
});

logs.get("/:logSid", async (context) => {
  const environment = await requireEnvironment(context);
  const row = await findLog(context.env.DB, environment.sid, context.req.param("logSid"));
  return context.json(present(context, found(context, row)));
});

function readFilter(context: ApiContext): LogFilter {
  const functionSid = context.req.query("FunctionSid") ?? null;
  if (functionSid !== null && !isSid(functionSid, "ZH")) {
    throw invalid("Invalid parameter FunctionSid: it must be ZH and 32 hexadecimal digits");
  }
  const now = Date.now();
  const start = readDate(context, "StartDate")?.getTime() ?? now - DAY;
  return {
    functionSid,
    // What is older may still be there until the next maintenance.
    start: timestamp(new Date(Math.max(start, now - LOG_DAYS * DAY))),
    end: timestamp(readDate(context, "EndDate") ?? new Date(now)),
  };
}

/** A date, or a date and time with a zone or, in UTC, without. */
function readDate(context: ApiContext, name: string): Date | null {
  const value = context.req.query(name);
  if (value === undefined) return null;
  const iso = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/i;
  const date = new Date(value);
  if (iso.test(value) && !Number.isNaN(date.getTime())) return date;
  throw invalid(`Invalid parameter ${name}: it must be a date and time of ISO 8601`);
}

function present(context: ApiContext, row: LogRow): LogRepresentation {
  const environment = `Services/${row.service_sid}/Environments/${row.environment_sid}`;
  return {
    sid: row.sid,
    account_sid: row.account_sid,
    service_sid: row.service_sid,
    environment_sid: row.environment_sid,
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
