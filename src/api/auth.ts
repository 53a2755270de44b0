import type { MiddlewareHandler } from "hono";
import type { ApiContext, ApiEnv } from "./context.ts";
import { type Identity, identify } from "./credentials.ts";
import { forbidden, unauthorized } from "./errors.ts";
import { limitFailures, limitRate, refuseFailed } from "./rate-limit.ts";
import { openTicket, STREAM_PATH } from "./stream-ticket.ts";

const UPLOAD_PATH = /^\/v1\/Services\/[^/]+\/(?:Assets|Functions)\/[^/]+\/Versions$/;

/** Lets authenticated requests through, within their account's rate; failures count by client address. */
export const authentication: MiddlewareHandler<ApiEnv> = async (context, next) => {
  // Cloudflare always says it; elsewhere nobody is told from anybody, and all would pay for one.
  const address = context.req.header("CF-Connecting-IP") ?? null;
  const authorization = context.req.header("Authorization") ?? null;
  const identity =
    (await ticketHolder(context, authorization)) ??
    (await identify(authorization, context.env, () => refuseFailed(address)));
  if (!identity) {
    await limitFailures(context.env, address);
    throw unauthorized();
  }
  // Twilio's deploy tool never retries an upload, not even on 429 (contract 2.1).
  const isUpload = context.req.method === "POST" && UPLOAD_PATH.test(context.req.path);
  if (!isUpload) await limitRate(context.env, `account:${identity.accountSid}`);
  context.set("accountSid", identity.accountSid);
  context.set("operator", identity.operator);
  context.set("credential", identity.credential);
  context.set("key", identity.key);
  await next();
};

/** Whoever opens a stream with a ticket: a page's WebSocket carries no credentials. */
async function ticketHolder(
  context: ApiContext,
  authorization: string | null,
): Promise<Identity | null> {
  const { req, env } = context;
  const environmentSid = STREAM_PATH.exec(req.path)?.[1];
  if (authorization !== null || environmentSid === undefined || req.method !== "GET") return null;
  const protocols = req.header("Sec-WebSocket-Protocol") ?? null;
  const accountSid = await openTicket(protocols, environmentSid, env.ENCRYPTION_KEY);
  if (accountSid === null) return null;
  const operator = accountSid === env.TWILIO_ACCOUNT_SID;
  return { accountSid, operator, credential: "key", key: null };
}

/** Lets through whoever holds an account's auth token: an API key manages no credentials. */
export const authTokenOnly: MiddlewareHandler<ApiEnv> = async (context, next) => {
  if (context.var.credential !== "token") {
    throw forbidden("An API key cannot do this: authenticate with the account SID and auth token");
  }
  await next();
};

/** Lets through the account in the Worker secrets alone. */
export const operatorOnly: MiddlewareHandler<ApiEnv> = async (context, next) => {
  if (!context.var.operator) throw forbidden("Only the operator's account can do this");
  await next();
};
