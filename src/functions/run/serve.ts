import { exports } from "cloudflare:workers";
import { heldAnswer } from "../../contract/held-answer.ts";
import { CALLER_PACE } from "../../contract/pace.ts";
import { errorResponse } from "../../gateway/errors.ts";
import type { AdmittedCall } from "../../gateway/functions.ts";
import { functionHost } from "./host.ts";
import { invokeFunction } from "./invoke.ts";
import { storeLogs } from "./logs.ts";

/** Runs the function of a call that the gateway has admitted, and returns its answer. */
export async function serveFunction(
  call: AdmittedCall,
  env: Env,
  ctx: { waitUntil(promise: Promise<unknown>): void },
): Promise<Response> {
  const { request, body, manifest, path, fn, variables, credentials, answerHold } = call;
  const url = new URL(request.url);
  const invocation = await invokeFunction(
    functionHost(env, exports, ctx),
    {
      accountSid: manifest.account,
      serviceSid: manifest.service,
      environmentSid: manifest.environment,
      deploymentSid: manifest.deployment,
      buildSid: manifest.build,
      variables,
      credentials,
    },
    { path, functionSid: fn.sid, flavour: fn.flavour },
    {
      request: `RQ${crypto.randomUUID().replaceAll("-", "")}`,
      method: request.method,
      path: url.pathname,
      query: url.search.slice(1),
      headers: [...request.headers],
      body,
      domainName: url.host,
    },
    timeLimit(env.LIMITS),
    (bytes) => heldAnswer(bytes, answerHold, CALLER_PACE, ctx),
  );
  if (!invocation.started) {
    return errorResponse(invocation.reason, request, undefined, invocation.detail);
  }
  const { response, failure } = invocation;
  if (failure !== null) ctx.waitUntil(storeLogs(env.DB, [failure]));
  return response;
}

/** Milliseconds a function has for its answer; the table is an object, or JSON (api/limits.ts). */
function timeLimit(limits: unknown): number {
  const table = typeof limits === "string" ? JSON.parse(limits) : limits;
  return (table as { function_seconds: number }).function_seconds * 1000;
}
