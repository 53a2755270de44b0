import { Hono } from "hono";
import type { PageQuery } from "../activity/page.ts";
import { requestRepresentation } from "../activity/representation.ts";
import type { RequestQuery } from "../activity/requests.ts";
import { OWNER_HEADER, STREAM_PROTOCOL } from "../activity/stream-protocol.ts";
import { activityOf, ownerOf, pageOf } from "./activity.ts";
import type { ApiContext, ApiEnv } from "./context.ts";
import { ApiError, invalid } from "./errors.ts";
import { readDate } from "./logs.ts";
import { listRequest, listResponse } from "./paging.ts";
import { found, requireEnvironment } from "./parents.ts";
import { isSid } from "./sids.ts";
import { streamTicket, TICKET_PREFIX } from "./stream-ticket.ts";

const PATH = "/v1/Services/:serviceSid/Environments/:environmentSid/Requests";

/** Extension: what an environment's hosts were asked for and answered (docs/api.md). */
export const requests = new Hono<ApiEnv>().basePath(PATH);

requests.get("/", async (context) => {
  const request = await listRequest(context);
  const filter = readFilter(context);
  const environment = await requireEnvironment(context);
  const owner = ownerOf(context, environment);
  const page = await activityOf(context, environment).listRequests({
    ...pageOf(request),
    ...filter,
  });
  return listResponse(context, "requests", request, page, (row) => {
    return requestRepresentation(row, owner);
  });
});

/** A ticket: what a page opens the stream with, since it cannot send credentials there. */
requests.post("/Stream", async (context) => {
  const environment = await requireEnvironment(context);
  const { accountSid } = context.var;
  const made = await streamTicket(accountSid, environment.sid, context.env.ENCRYPTION_KEY);
  return context.json(
    {
      account_sid: accountSid,
      service_sid: environment.service_sid,
      environment_sid: environment.sid,
      protocols: [STREAM_PROTOCOL, TICKET_PREFIX + made.ticket],
      date_expires: new Date(made.expires).toISOString().replace(/\.\d+Z$/, "Z"),
      url: `${ownerOf(context, environment).environment_url}/Requests/Stream`,
    },
    201,
  );
});

requests.get("/Stream", async (context) => {
  const environment = await requireEnvironment(context);
  if (context.req.header("Upgrade")?.toLowerCase() !== "websocket") {
    throw invalid("This is a stream: ask for it with a WebSocket");
  }
  const protocols = context.req.header("Sec-WebSocket-Protocol");
  const answer = await activityOf(context, environment).fetch(context.req.url, {
    headers: {
      Upgrade: "websocket",
      [OWNER_HEADER]: JSON.stringify(ownerOf(context, environment)),
      ...(protocols === undefined ? {} : { "Sec-WebSocket-Protocol": protocols }),
    },
  });
  if (answer.status === 429) throw new ApiError(429, 20429, "Too many streams of this environment");
  return answer;
});

requests.get("/:requestSid", async (context) => {
  const environment = await requireEnvironment(context);
  const sid = context.req.param("requestSid");
  const row = sid.length > 64 ? null : await activityOf(context, environment).findRequest(sid);
  return context.json(requestRepresentation(found(context, row), ownerOf(context, environment)));
});

function readFilter(context: ApiContext): Omit<RequestQuery, keyof PageQuery> {
  const status = matched(context, "Status", /^[1-5](?:xx|\d\d)$/, "as 403 or 4xx");
  const path = matched(context, "Path", /^.{1,512}$/su, "at most 512 characters");
  const reason = matched(context, "Reason", /^[a-z-]{1,64}$/, "as docs/api.md lists them");
  return {
    ...{ path, status, reason, sid: readSid(context) },
    from: readDate(context, "StartDate")?.getTime() ?? null,
    to: readDate(context, "EndDate")?.getTime() ?? null,
  };
}

function readSid(context: ApiContext): string | null {
  for (const [name, prefix] of [
    ["FunctionSid", "ZH"],
    ["AssetVersionSid", "ZN"],
  ] as const) {
    const value = context.req.query(name);
    if (value === undefined) continue;
    if (isSid(value, prefix)) return value;
    throw invalid(`Invalid parameter ${name}: it must be ${prefix} and 32 hexadecimal digits`);
  }
  return null;
}

function matched(context: ApiContext, name: string, form: RegExp, said: string): string | null {
  const value = context.req.query(name);
  if (value === undefined) return null;
  if (form.test(value)) return value;
  throw invalid(`Invalid parameter ${name}: it must be ${said}`);
}
