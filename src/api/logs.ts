import { Hono } from "hono";
import type { ApiContext, ApiEnv } from "./context.ts";
import { invalid } from "./errors.ts";
import { listRequest, listResponse } from "./paging.ts";
import { requireEnvironment } from "./parents.ts";
import { isSid } from "./sids.ts";

const PATH = "/v1/Services/:serviceSid/Environments/:environmentSid/Logs";

/** What Functions wrote. Assets write nothing, so without Functions the list is empty. */
export const logs = new Hono<ApiEnv>().basePath(PATH);

logs.get("/", async (context) => {
  const request = listRequest(context);
  checkFilters(context);
  await requireEnvironment(context);
  const page = { rows: [], older: false, newer: false };
  return listResponse(context, "logs", request, page, (row) => row);
});

function checkFilters(context: ApiContext): void {
  const functionSid = context.req.query("FunctionSid");
  if (functionSid !== undefined && !isSid(functionSid, "ZH")) {
    throw invalid("Invalid parameter FunctionSid: it must be ZH and 32 hexadecimal digits");
  }
  for (const name of ["StartDate", "EndDate"]) {
    const value = context.req.query(name);
    if (value !== undefined && !isDate(value)) {
      throw invalid(`Invalid parameter ${name}: it must be a date and time of ISO 8601`);
    }
  }
}

/** A date, or a date and time with a zone or without. */
function isDate(value: string): boolean {
  const iso = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/i;
  return iso.test(value) && !Number.isNaN(Date.parse(value));
}
