import type { Caller, RequestRecord, SignatureFact } from "../contract/request-record.ts";
import { type Exchange, factsOf } from "../gateway/exchange.ts";
import { requestIdOf } from "../gateway/request-id.ts";

/** Characters kept of a path and of a query's name, and names kept: anyone may send long ones. */
const PATH_LENGTH = 512;
const NAME_LENGTH = 64;
const MAX_NAMES = 20;

/** What a request and its answer are remembered by; `now` in milliseconds since 1970. */
export function requestRecord(exchange: Exchange, now: number): RequestRecord {
  const { request, path, query, manifest, resource, response, began } = exchange;
  const facts = factsOf(response);
  const { status } = response;
  const asset = resource.kind === "asset" ? resource.asset : null;
  const owner =
    resource.kind === "asset" ? resource.asset : resource.kind === "function" ? resource.fn : null;
  const served = asset !== null && (status === 200 || status === 206);
  const cf = request.cf as { country?: string; colo?: string } | undefined;
  return {
    id: response.headers.get("x-request-id") ?? requestIdOf(request),
    count: 1,
    time: began,
    method: request.method.slice(0, 16),
    path: path.slice(0, PATH_LENGTH),
    queryNames: queryNames(query),
    status,
    reason: facts?.reason ?? null,
    kind: resource.kind === "nothing" ? null : resource.kind,
    sid: owner?.sid ?? null,
    visibility: owner?.visibility ?? null,
    signature: signatureFact(exchange, facts?.reason),
    bytes: sentBytes(exchange),
    size: served ? asset.size : null,
    range: status === 206 ? rangeOf(response) : null,
    source: served && request.method !== "HEAD" ? (facts?.source ?? "memory") : null,
    duration: Math.max(0, now - began),
    caller: callerOf(request.headers.get("user-agent")),
    country: letters(cf?.country, 2),
    colo: letters(cf?.colo, 3),
    deployment: manifest.deployment,
    build: manifest.build,
    functionRequest: facts?.functionRequest ?? null,
  };
}

/** Bytes of the answer's body; null where nobody counts them. */
export function sentBytes({ request, resource, response }: Exchange): number | null {
  const { status } = response;
  if (request.method === "HEAD" || status === 304 || status === 204) return 0;
  if (status === 200 && resource.kind === "asset") return resource.asset.size;
  const known = factsOf(response)?.bytes;
  if (known !== undefined) return known;
  if (resource.kind !== "asset") return null;
  if (status !== 206) return null;
  const [first = 0, last = -1] = (rangeOf(response) ?? "").split("-").map(Number);
  return last - first + 1;
}

function rangeOf(response: Response): string | null {
  return /^bytes (\d+-\d+)\//.exec(response.headers.get("content-range") ?? "")?.[1] ?? null;
}

function signatureFact(
  { request, resource, response }: Exchange,
  reason: string | undefined,
): SignatureFact {
  if (!request.headers.has("x-twilio-signature")) return "none";
  const isProtected =
    (resource.kind === "asset" && resource.asset.visibility === "protected") ||
    (resource.kind === "function" && resource.fn.visibility === "protected");
  if (!isProtected || request.method === "OPTIONS" || response.status === 405) return "unchecked";
  if (response.status === 403 && reason !== undefined) return "refused";
  // The other errors before a signature is checked.
  return reason !== undefined && UNCHECKED.has(reason) ? "unchecked" : "valid";
}

const UNCHECKED = new Set([
  "too-many-calls",
  "body-too-large",
  "function-body-too-large",
  "body-broken",
  "body-late",
  "tokens-unavailable",
]);

function queryNames(query: string): string[] {
  if (query === "") return [];
  const names = new Set<string>();
  for (const pair of query.slice(1, 4096).split("&", 200)) {
    const name = decoded(pair.split("=", 1)[0] as string).slice(0, NAME_LENGTH);
    if (name !== "") names.add(name);
    if (names.size === MAX_NAMES) break;
  }
  return [...names];
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name.replaceAll("+", " "));
  } catch {
    return name;
  }
}

/** Who a User-Agent says it is. Twilio's fetchers of calls and of messages both say TwilioProxy. */
export function callerOf(userAgent: string | null): Caller {
  if (userAgent === null || userAgent === "") return "unnamed";
  if (/^Twilio/i.test(userAgent)) return "twilio";
  if (/^curl\//i.test(userAgent)) return "curl";
  return userAgent.startsWith("Mozilla/") ? "browser" : "other";
}

/** Where Cloudflare is not in front, a client may say anything here. */
function letters(value: unknown, length: number): string | null {
  return typeof value === "string" && value.length === length && /^[A-Z0-9]+$/.test(value)
    ? value
    : null;
}
