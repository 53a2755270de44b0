import { createRecorder } from "./activity/recorder.ts";
import type { Published } from "./api/app.ts";
import { errorResponse } from "./gateway/errors.ts";
import { Gateway } from "./gateway/gateway.ts";
import { destinationOf } from "./gateway/hosts.ts";
import { parseRequestTarget } from "./gateway/target.ts";

/** One gateway an isolate: what it remembers is what makes it fast. */
let gateway: Gateway | undefined;

export { EnvironmentActivity } from "./activity/environment-activity.ts";
export { FunctionLogs } from "./functions/run/logs.ts";
export { FunctionOutbound } from "./functions/run/outbound.ts";
export { BuildObject } from "./publish/build-object.ts";
export { BuildRegistry, BuildStore } from "./publish/build-supply.ts";

export default {
  fetch(request, env, ctx) {
    try {
      const answer = route(request, env, ctx);
      return answer instanceof Promise
        ? answer.catch((error) => errorResponse("internal", request, undefined, error))
        : answer;
    } catch (error) {
      return errorResponse("internal", request, undefined, error);
    }
  },

  /** Repairs what KV says and clears what nothing holds any more. */
  async scheduled(_controller, env) {
    if (!isInstalled(env)) return;
    gateway ??= createGateway(env);
    const { runScheduled } = await import("./api/scheduled.ts");
    await runScheduled(env, publishedTo(gateway));
  },
} satisfies ExportedHandler<Env>;

function route(request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response> {
  if (!isInstalled(env)) return import("./setup.ts").then((page) => page.setupPage(request, env));
  gateway ??= createGateway(env);
  const target = parseRequestTarget(request.url, request.headers.get("Host"));
  if (target === null) return errorResponse("host-malformed", request);
  const destination = destinationOf(target.hostname, env.BASE_DOMAIN);
  switch (destination) {
    case "asset-host":
      return gateway.fetch(request, target, ctx);
    case "control-plane":
      return controlPlane(request, env, ctx, gateway);
    case "nowhere":
      return errorResponse("host-unknown", request);
    default:
      return destination satisfies never;
  }
}

/** What a button deploys has no base domain before its owner has said one. */
function isInstalled(env: Pick<Env, "BASE_DOMAIN">): boolean {
  return Boolean(env.BASE_DOMAIN);
}

/** What runs functions is loaded by the first call of one. */
function createGateway(env: Env): Gateway {
  return new Gateway({
    env,
    ...(env.ACTIVITY === undefined ? {} : { takeExchange: recorderOf(env) }),
    runFunction: async (call, ctx) => {
      const { serveFunction } = await import("./functions/run/serve.ts");
      return serveFunction(call, env, ctx);
    },
  });
}

/** Hands what was asked for and answered to the activity of its environment. */
function recorderOf(env: Env) {
  const { ACTIVITY, LIMITS } = env;
  const table: unknown = typeof LIMITS === "string" ? JSON.parse(LIMITS) : LIMITS;
  const { requests_kept_per_minute = 60 } = (table ?? {}) as { requests_kept_per_minute?: number };
  return createRecorder(
    (batch) => ACTIVITY.getByName(batch.environment).appendRequests(batch),
    requests_kept_per_minute,
    (env as { HANDOVER_FOR_TESTS?: number }).HANDOVER_FOR_TESTS,
  );
}

/** The API's paths, with or without what Twilio's tools put in front (see api/app.ts). */
const API_PATH = /^(?:\/[^/]*\.?twilio\.com)?\/v1(?:\/|$)/;

/** The write side is loaded by the first request that needs it: no asset waits for it. */
async function controlPlane(
  request: Request,
  env: Env,
  ctx: ExecutionContext,
  gateway: Gateway,
): Promise<Response> {
  if (!API_PATH.test(new URL(request.url).pathname)) {
    const { serveConsole } = await import("./console/serve.ts");
    return serveConsole(request, env);
  }
  const { handleControlPlane } = await import("./api/app.ts");
  const ask = (asked: Request) => route(asked, env, ctx);
  return handleControlPlane(request, env, ctx, publishedTo(gateway), ask);
}

/** What publishing calls after each KV write, so that its own isolate serves it at once. */
function publishedTo(gateway: Gateway): Published {
  return (key, value, metadata) => gateway.published(key, value, metadata);
}
