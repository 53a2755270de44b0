import { WorkerEntrypoint } from "cloudflare:workers";
import type { DeploymentSids } from "../../contract/log-record.ts";
import { REFUSAL_URL } from "../../contract/refused-connection.ts";
import { isInternalHost } from "./addresses.ts";

/** Requests that one environment may make in one isolate of the gateway in a minute. */
export const MAX_PER_MINUTE = 3_000;

/** Milliseconds that one connection may last: longer than any call and its tail. */
const CONNECTION_TIME = 60_000;

export type OutboundVerdict =
  | "allowed"
  | "hosted"
  | "own API"
  | "scheme"
  | "internal"
  | "control plane";

/** Why a request is refused; the runner puts it in the function's logs. */
const REASONS = {
  scheme: "only http and https are allowed",
  internal: "the host is not on the public internet",
  "control plane": "functions cannot reach the API of the host they run on",
  hosted: "hosts of this installation take requests alone",
  rate: "too many requests in a minute",
};

/**
 * The only way out of a dynamic Worker. Requests and connections to the public internet are let through,
 * requests to a hostname that Ringback serves are handed to the gateway, those to Twilio's Serverless
 * API to this installation's own, and all others are refused.
 */
export class FunctionOutbound extends WorkerEntrypoint<Env, DeploymentSids> {
  override async fetch(request: Request): Promise<Response> {
    const { host, searchParams } = new URL(request.url);
    if (request.url.startsWith(REFUSAL_URL)) {
      return new Response(this.#connectionRefusal(searchParams.get("address") ?? ""));
    }
    if (!countRequest(this.ctx.props.environmentSid, Date.now())) refuse(host, "rate");
    const verdict = outboundVerdict(request.url, this.env.BASE_DOMAIN);
    // A redirect goes back to the function, whose next request is judged anew. What `cf` asks for is
    // the zone's owner's to ask.
    const passed = new Request(request, { redirect: "manual", cf: {} });
    if (verdict === "hosted") return this.ctx.exports.default.fetch(passed);
    if (verdict === "own API") return this.#ownApi(passed);
    if (verdict !== "allowed") refuse(host, verdict);
    try {
      return await fetch(passed);
    } catch (error) {
      // The platform's words for a name that is not found, or a host that does not answer, name neither.
      throw new Error(`The request to ${host} failed`, { cause: error });
    }
  }

  /** A raw connection, as databases and mail servers have them. */
  override async connect(socket: Socket): Promise<void> {
    const { localAddress = "" } = await socket.opened;
    const refusal = this.#connectionRefusal(localAddress);
    if (refusal !== null) {
      await socket.close();
      throw new Error(refusal);
    }
    const { connect } = await import("cloudflare:sockets");
    const outside = connect(localAddress);
    const timer = setTimeout(() => void outside.close(), CONNECTION_TIME);
    try {
      await Promise.all([
        socket.readable.pipeTo(outside.writable),
        outside.readable.pipeTo(socket.writable),
      ]);
    } catch {
      // One of the two broke off: the other is told by its end. Where both ended, both are closed.
      await Promise.allSettled([outside.close(), socket.close()]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Why a connection to `address`, a host and a port, is refused; null where it is not. Counts it. */
  #connectionRefusal(address: string): string | null {
    const counted = countRequest(this.ctx.props.environmentSid, Date.now());
    const url = `http://${address}`;
    const verdict = URL.canParse(url) ? outboundVerdict(url, this.env.BASE_DOMAIN) : "internal";
    if (!counted) return refusalOf("connection", address, "rate");
    const { REACHABLE_FOR_TESTS: reachable } = this.env as { REACHABLE_FOR_TESTS?: string };
    if (verdict === "allowed" || address === reachable) return null;
    return refusalOf("connection", address, verdict === "own API" ? "control plane" : verdict);
  }

  /** The API as any client reaches it, with the credentials that the request carries. */
  async #ownApi(request: Request): Promise<Response> {
    const { pathname, search, hostname } = new URL(request.url);
    const base = `http://${this.env.BASE_DOMAIN}/${hostname}`;
    const onward = new Request(`${base}${pathname}${search}`, request);
    const response = await this.ctx.exports.default.fetch(onward);
    if (!response.headers.get("content-type")?.startsWith("application/json")) return response;
    // Its links lead where the function can follow them.
    const text = (await response.text()).replaceAll(
      new RegExp(
        `https?://${RegExp.escape(this.env.BASE_DOMAIN)}/(?=serverless[^/]*\\.twilio\\.com/)`,
        "g",
      ),
      "https://",
    );
    return new Response(text, response);
  }
}

function refuse(host: string, reason: keyof typeof REASONS): never {
  throw new Error(refusalOf("request", host, reason));
}

function refusalOf(what: "request" | "connection", to: string, reason: keyof typeof REASONS) {
  return `Outbound ${what} to ${to} was refused: ${REASONS[reason]}`;
}

/** Twilio's names of the API that this installation is. */
const API_HOSTS = ["serverless.twilio.com", "serverless-upload.twilio.com"];

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
  if (API_HOSTS.includes(hostname)) {
    return /^\/v1\/Services(?:\/|$)/.test(url.pathname) ? "own API" : "control plane";
  }
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
