import { WorkerEntrypoint } from "cloudflare:workers";
import { unmarkedAddress } from "../../contract/connection-protocol.ts";
import type { DeploymentSids } from "../../contract/log-record.ts";
import { UNSENT_HEADER, type Unsent } from "../../contract/unsent-request.ts";
import { isInternalHost } from "./addresses.ts";

/** Requests that one environment may make in one isolate of the gateway in a minute. */
export const MAX_PER_MINUTE = 3_000;

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
    const { host } = new URL(request.url);
    if (!countRequest(this.ctx.props.environmentSid, Date.now())) {
      await takeTurn();
      return refused(host, "rate");
    }
    const verdict = this.#isForTests(host)
      ? "allowed"
      : outboundVerdict(request.url, this.env.BASE_DOMAIN);
    // A redirect goes back to the function, whose next request is judged anew. What `cf` asks for is
    // the zone's owner's to ask.
    const passed = new Request(request, { redirect: "manual", cf: {} });
    if (verdict !== "allowed") await takeTurn();
    if (verdict === "hosted") return sent(await this.ctx.exports.default.fetch(passed));
    if (verdict === "own API") return sent(await this.#ownApi(passed));
    if (verdict !== "allowed") return refused(host, verdict);
    try {
      return sent(await fetch(passed));
    } catch (error) {
      return unsent(await whyUnsent(error, new URL(request.url)), host);
    }
  }

  /** A connection, as databases and mail servers have them: the runner's ask for more than the bytes. */
  override async connect(inside: Socket): Promise<void> {
    const { localAddress = "" } = await inside.opened;
    const asked = unmarkedAddress(localAddress);
    const address = asked?.address ?? localAddress;
    const refusal = this.#connectionRefusal(address);
    // Loaded by the first connection: a request for an asset needs none.
    const { carryConnection, refuseConnection } = await import("./connection.ts");
    if (refusal === null) await carryConnection(inside, address, asked?.transport ?? null);
    else if (asked !== null) await refuseConnection(inside, refusal);
    else await inside.close();
  }

  /** Why a connection to `address`, a host and a port, is refused; null where it is not. Counts it. */
  #connectionRefusal(address: string): string | null {
    const counted = countRequest(this.ctx.props.environmentSid, Date.now());
    const url = `http://${address}`;
    const verdict = URL.canParse(url) ? outboundVerdict(url, this.env.BASE_DOMAIN) : "internal";
    if (!counted) return refusalOf("connection", address, "rate");
    if (verdict === "allowed" || this.#isForTests(address)) return null;
    return refusalOf("connection", address, verdict === "own API" ? "control plane" : verdict);
  }

  /** Servers on loopback that tests start. */
  #isForTests(address: string): boolean {
    const { REACHABLE_FOR_TESTS: reachable } = this.env as { REACHABLE_FOR_TESTS?: string[] };
    return reachable?.includes(address) === true;
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

/**
 * Why a fetch of `url` failed with `error`. The platform has words for a connection that is refused or
 * ends; for a name without an address and for a certificate that it does not trust it has the same none.
 */
export async function whyUnsent(
  error: unknown,
  url: URL,
  reaches = reachesOutside,
): Promise<Unsent> {
  if (/network connection lost/i.test(String(error))) return "lost";
  if (url.protocol === "http:") return "not-found";
  return (await reaches(`${url.hostname}:${url.port || 443}`)) ? "untrusted" : "not-found";
}

async function reachesOutside(address: string): Promise<boolean> {
  return (await import("./connection.ts")).reaches(address);
}

function refused(host: string, reason: keyof typeof REASONS): Response {
  return unsent("refused", refusalOf("request", host, reason));
}

function unsent(kind: Unsent, message: string): Response {
  return new Response(message, { status: 502, headers: { [UNSENT_HEADER]: kind } });
}

/** An answer from outside, which cannot pass for one of these. */
function sent(response: Response): Response {
  if (!response.headers.has(UNSENT_HEADER)) return response;
  const plain = new Response(response.body, response);
  plain.headers.delete(UNSENT_HEADER);
  return plain;
}

function refusalOf(what: "request" | "connection", to: string, reason: keyof typeof REASONS) {
  return `Outbound ${what} to ${to} was refused: ${REASONS[reason]}`;
}

/** Requests that are answered in the house before one waits, and for how many milliseconds. */
const TURN = 8;
const PAUSE = 2;
let answered = 0;

/**
 * Makes one in a few requests wait that never leave the house: a local runtime looks at what comes from
 * its network only when it has nothing else to do, and a function that asks on and on kept it busy.
 */
async function takeTurn(): Promise<void> {
  answered += 1;
  if (answered % TURN === 0) await scheduler.wait(PAUSE);
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
