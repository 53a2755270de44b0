import { Hono } from "hono";
import { timestamp } from "../store/timestamp.ts";
import { readUsage } from "../store/usage.ts";
import type { ApiEnv } from "./context.ts";
import type { UsageRepresentation } from "./representations.ts";

const HOUR_MILLISECONDS = 3_600_000;

/** `/v1/Usage`, beyond Twilio's API: what the account uses beside its limits (docs/api.md). */
export const usage = new Hono<ApiEnv>().basePath("/v1/Usage");

usage.get("/", async (context) => {
  const { accountSid, operator, credential, baseUrl, limits } = context.var;
  const since = timestamp(new Date(Date.now() - HOUR_MILLISECONDS));
  const { services, builds } = await readUsage(context.env.DB, accountSid, since);
  return context.json({
    account_sid: accountSid,
    operator,
    credential,
    limits,
    usage: { services: services.length, builds_last_hour: builds },
    services,
    url: `${baseUrl}/Usage`,
  } satisfies UsageRepresentation);
});
