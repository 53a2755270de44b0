import { exports } from "cloudflare:workers";
import { functionTime } from "../../contract/function-time.ts";
import { heldAnswer } from "../../contract/held-answer.ts";
import { CALLER_PACE } from "../../contract/pace.ts";
import { errorResponse } from "../../gateway/errors.ts";
import { noted } from "../../gateway/exchange.ts";
import type { AdmittedCall } from "../../gateway/functions.ts";
import { functionHost } from "./host.ts";
import { invokeFunction } from "./invoke.ts";

/** Runs the function of a call that the gateway has admitted, and returns its answer. */
export async function serveFunction(
  call: AdmittedCall,
  env: Env,
  ctx: { waitUntil(promise: Promise<unknown>): void },
): Promise<Response> {
  const { request, body, manifest, path, fn, variables, credentials, answerHold } = call;
  const url = new URL(request.url);
  const functionRequest = `RQ${crypto.randomUUID().replaceAll("-", "")}`;
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
      request: functionRequest,
      method: request.method,
      path: url.pathname,
      query: url.search.slice(1),
      headers: [...request.headers],
      body,
      domainName: url.host,
    },
    functionTime(env.LIMITS),
    {
      take: answerHold.resize,
      giveBack: answerHold.release,
      send: (bytes) => heldAnswer(bytes, answerHold, CALLER_PACE, ctx),
    },
  );
  if (!invocation.started) {
    return errorResponse(invocation.reason, request, undefined, invocation.detail);
  }
  const { response, failure } = invocation;
  const reason = failureReason(response.status, failure !== null);
  return noted(response, {
    functionRequest,
    ...(reason !== null && { reason }),
    // Beside the record of its request: no batch of its own.
    ...(failure !== null && { line: failure }),
  });
}

/** Why a call failed, for its owner; the function's own answers may be no failure to it. */
function failureReason(status: number, ended: boolean): string | null {
  if (ended) return status === 504 ? "function-late" : "function-failed";
  if (status === 504) return "function-late";
  if (status >= 500) return "function-error";
  return status >= 400 ? "function-refused" : null;
}
