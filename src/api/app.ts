import { Hono } from "hono";
import { ApiError, errorResponse, notFound } from "./errors.ts";

/** What every handler finds in its context. */
export type ApiEnv = {
  Bindings: Env;
  Variables: {
    /** The authenticated account's SID: every query is bound to it. */
    accountSid: string;
    /** What URLs in answers start with: the origin and prefix the client used, ending in `/v1`. */
    baseUrl: string;
    /** Tells the gateway of this isolate what was just published. */
    published: Published;
  };
};

/** Called after each KV write: the manifest's KV value, or null where the hostname was withdrawn. */
export type Published = (hostname: string, value: string | null, revision: string | null) => void;

const app = new Hono<ApiEnv>();

app.notFound((context) => errorResponse(context, notFound(context.req.path.replace(/^\/v1/, ""))));

app.onError((error, context) => {
  if (error instanceof ApiError) return errorResponse(context, error);
  console.error(JSON.stringify({ event: "api-error", message: error.message, stack: error.stack }));
  return errorResponse(context, new ApiError(500, 20500, "An internal error occurred"));
});

/**
 * Twilio's tools put what they take for a hostname in front of the path when `TWILIO_EDGE` holds a
 * whole authority (contract 2.2, A and B); it is accepted, and kept in every URL of the answer.
 */
const TWILIO_PREFIX = /^\/[^/]*\.?twilio\.com(?=\/v1\/)/;

/** Answers a request to the control plane's hostnames. */
export function handleControlPlane(
  request: Request,
  env: Env,
  ctx: ExecutionContext,
  published: Published,
): Response | Promise<Response> {
  const url = new URL(request.url);
  const prefix = TWILIO_PREFIX.exec(url.pathname)?.[0] ?? "";
  const baseUrl = `${url.origin}${prefix}/v1`;
  url.pathname = url.pathname.slice(prefix.length);
  void published;
  void baseUrl;
  return app.fetch(new Request(url, request), env, ctx);
}
