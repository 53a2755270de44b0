import { Hono } from "hono";
import { getPath } from "hono/utils/url";
import type { Published } from "../publish/published.ts";
import { accounts } from "./accounts.ts";
import { allowedMethods, routeMethods } from "./allowed-methods.ts";
import { assetVersions } from "./asset-versions.ts";
import { assets } from "./assets.ts";
import { authentication } from "./auth.ts";
import { builds } from "./builds.ts";
import type { ApiEnv, AskHost } from "./context.ts";
import { CORS_FIELDS, PREFLIGHT_MAX_AGE, resourceFields } from "./cors.ts";
import { deployments } from "./deployments.ts";
import { domains } from "./domains.ts";
import { draft } from "./draft.ts";
import { environments } from "./environments.ts";
import { ApiError, errorResponse, requestedNotFound } from "./errors.ts";
import { functionVersions } from "./function-versions.ts";
import { functions } from "./functions.ts";
import { keys } from "./keys.ts";
import { readLimits } from "./limits.ts";
import { logs } from "./logs.ts";
import { newestVersions } from "./newest-versions.ts";
import { republishing } from "./republish.ts";
import { requests } from "./requests.ts";
import { services } from "./services.ts";
import { requireSettings } from "./settings.ts";
import { newSid } from "./sids.ts";
import { statistics } from "./statistics.ts";
import { storeFailure } from "./store-failure.ts";
import { testRequests } from "./test-requests.ts";
import { inTurn } from "./turns.ts";
import { usage } from "./usage.ts";
import { variables } from "./variables.ts";
import { versionFacts } from "./version-facts.ts";

export type { Published };

/**
 * Twilio's tools put what they take for a hostname in front of the path when `TWILIO_EDGE` holds a
 * whole authority (contract 2.2, A and B); it is accepted, and kept in every URL of the answer.
 */
const TWILIO_PREFIX = /^\/[^/]*\.?twilio\.com(?=\/v1\/)/;

const app = new Hono<ApiEnv>({
  getPath: (request) => getPath(request).replace(TWILIO_PREFIX, ""),
});

app.use(async (context, next) => {
  const url = new URL(context.req.url);
  const prefix = TWILIO_PREFIX.exec(url.pathname)?.[0] ?? "";
  context.set("baseUrl", `${url.origin}${prefix}/v1`);
  context.set("published", context.env.PUBLISHED);
  context.set("requestId", newSid("RQ"));
  await next();
  const fields = {
    ...CORS_FIELDS,
    ...resourceFields(allowedMethods(routes, context.req.path)),
    "Twilio-Request-Id": context.var.requestId,
    "X-Content-Type-Options": "nosniff",
  };
  for (const [name, value] of Object.entries(fields)) context.header(name, value);
  if (!context.res.headers.has("Cache-Control")) context.header("Cache-Control", "no-store");
});

app.options("/v1/*", (context) => {
  const methods = allowedMethods(routes, context.req.path);
  return context.body(null, 204, { Allow: methods.join(", "), ...PREFLIGHT_MAX_AGE });
});

// A client that goes away cancels what waits for it. A change that has begun is ended all the same:
// KV must follow D1, and of half an upload nothing may stay.
app.use("/v1/*", async (context, next) => {
  const answered = next();
  if (context.req.method !== "GET") context.executionCtx.waitUntil(answered);
  await answered;
});

app.use("/v1/*", async (context, next) => {
  requireSettings(context.env);
  context.set("limits", readLimits(context.env));
  await next();
});
app.use("/v1/*", inTurn);
app.use("/v1/*", authentication);

// One router a resource; each names its own path.
app.route("/", services);
app.route("/", environments);
app.route("/", variables);
app.route("/", logs);
app.route("/", requests);
app.route("/", statistics);
app.route("/", testRequests);
app.route("/", assets);
app.route("/", functions);
app.route("/", assetVersions);
app.route("/", functionVersions);
app.route("/", newestVersions);
app.route("/", draft);
app.route("/", versionFacts);
app.route("/", builds);
app.route("/", deployments);
app.route("/", domains);
app.route("/", republishing);
app.route("/", accounts);
app.route("/", keys);
app.route("/", usage);

const routes = routeMethods(app).filter(({ methods }) => !methods.has("OPTIONS"));

app.notFound((context) => {
  const allowed = allowedMethods(routes, context.req.path);
  if (allowed.length === 0) return errorResponse(context, requestedNotFound(context));
  const message = `The method ${context.req.method} is not allowed for this resource`;
  return errorResponse(context, new ApiError(405, 20004, message, { Allow: allowed.join(", ") }));
});

app.onError((error, context) => {
  if (error instanceof ApiError && error.status < 500) return errorResponse(context, error);
  const { requestId } = context.var;
  const { message, stack } = error;
  console.error(JSON.stringify({ event: "api-error", requestId, message, stack }));
  if (error instanceof ApiError) return errorResponse(context, error);
  return errorResponse(
    context,
    storeFailure(error) ?? new ApiError(500, 20500, "An internal error occurred"),
  );
});

/**
 * Answers a request to the control plane's hostnames. `published` is called after each KV write
 * that the gateway reads, before the answer; `ask` answers for the other hosts.
 */
export function handleControlPlane(
  request: Request,
  env: Env,
  ctx: ExecutionContext,
  published: Published,
  ask?: AskHost,
): Response | Promise<Response> {
  const given = { PUBLISHED: published, ...(ask && { ASK: ask }) };
  return app.fetch(request, { ...env, ...given }, ctx);
}
