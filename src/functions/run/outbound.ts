import { WorkerEntrypoint } from "cloudflare:workers";
import type { DeploymentSids } from "../../contract/log-record.ts";
import { logRecord } from "../../contract/log-record.ts";
import { isInternalHost } from "./addresses.ts";
import { storeLogs } from "./logs.ts";

/** Requests that one environment may make in one isolate of the gateway in a minute. */
export const MAX_PER_MINUTE = 3_000;

export type OutboundVerdict = "allowed" | "hosted" | "scheme" | "internal" | "control plane";

/** Why a request is refused. */
const REASONS: Record<Exclude<OutboundVerdict, "allowed" | "hosted"> | "rate", string> = {
  scheme: "only http and https are allowed",
  internal: "the host is not on the public internet",
  "control plane": "functions cannot reach the API of the host they run on",
  rate: "too many requests in a minute",
};

/**
 * The only way out of a dynamic Worker. Requests to the public internet are let through, requests to a
 * hostname that Ringback serves are handed to the gateway, and all others are refused.
 */
export class FunctionOutbound extends WorkerEntrypoint<Env, DeploymentSids> {
  override async fetch(request: Request): Promise<Response> {
    const { environmentSid } = this.ctx.props;
    if (!countRequest(environmentSid, Date.now())) {
      // Said once: a function that goes on all the same does not fill its log, nor the database.
      return this.refuse(request, "rate", isFirstTooMany(environmentSid));
    }
    const verdict = outboundVerdict(request.url, this.env.BASE_DOMAIN);
    if (verdict !== "allowed" && verdict !== "hosted") return this.refuse(request, verdict);
    // A redirect goes back to the function, whose next request is judged anew.
    const passed = new Request(request, { redirect: "manual" });
    if (verdict === "hosted") return this.ctx.exports.default.fetch(passed);
    try {
      return await fetch(passed);
    } catch (error) {
      // The platform's words for a name that is not found, or a host that does not answer, name neither.
      throw new Error(`The request to ${new URL(request.url).host} failed`, { cause: error });
    }
  }

  private refuse(request: Request, reason: keyof typeof REASONS, logged = true): never {
    const { host } = new URL(request.url);
    const message = `Outbound request to ${host} was refused: ${REASONS[reason]}`;
    const line = {
      functionSid: "",
      requestSid: "",
      level: "WARN",
      message,
      time: Date.now(),
    } as const;
    if (logged) this.ctx.waitUntil(storeLogs(this.env, [logRecord(this.ctx.props, line)]));
    throw new Error(message);
  }
}

/** Decides where a function's request may go. `baseDomain` may have a port. */
export function outboundVerdict(target: string, baseDomain: string): OutboundVerdict {
  const url = new URL(target);
  if (url.protocol !== "http:" && url.protocol !== "https:") return "scheme";
  const base = new URL(`http://${baseDomain}`).hostname;
  const hostname = url.hostname.replace(/\.+$/, "");
  if ([base, `serverless.${base}`, `serverless-upload.${base}`].includes(hostname)) {
    return "control plane";
  }
  if (hostname.endsWith(`.${base}`)) return "hosted";
  return isInternalHost(hostname) ? "internal" : "allowed";
}

/** This minute's requests by environment. Only plain data: it outlives a request. */
const counted = { minute: 0, requests: new Map<string, number>() };

/** Counts a request, a refused one too; false when the environment has made too many in this minute. */
export function countRequest(environmentSid: string, now: number): boolean {
  const minute = Math.floor(now / 60_000);
  if (minute !== counted.minute) {
    counted.minute = minute;
    counted.requests.clear();
  }
  const requests = (counted.requests.get(environmentSid) ?? 0) + 1;
  counted.requests.set(environmentSid, requests);
  return requests <= MAX_PER_MINUTE;
}

function isFirstTooMany(environmentSid: string): boolean {
  return counted.requests.get(environmentSid) === MAX_PER_MINUTE + 1;
}
