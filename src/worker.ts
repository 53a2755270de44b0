import { errorResponse } from "./gateway/errors.ts";
import { Gateway } from "./gateway/gateway.ts";
import { destinationOf } from "./gateway/hosts.ts";
import { parseRequestTarget } from "./gateway/target.ts";

/** One gateway an isolate: what it remembers is what makes it fast. */
let gateway: Gateway | undefined;

export default {
  fetch(request, env, ctx) {
    try {
      const answer = route(request, env, ctx);
      return answer instanceof Promise
        ? answer.catch((error) => errorResponse("internal", request, {}, error))
        : answer;
    } catch (error) {
      return errorResponse("internal", request, {}, error);
    }
  },
} satisfies ExportedHandler<Env>;

function route(request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response> {
  gateway ??= new Gateway({ env });
  const target = parseRequestTarget(request.url);
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
  return handleControlPlane(request, env, ctx, (hostname, value, revision) =>
    gateway.published(hostname, value, revision),
  );
}
