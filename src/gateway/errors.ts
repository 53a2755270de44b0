import { dateField } from "../contract/http-date.ts";
import { noted } from "./exchange.ts";
import { requestIdOf } from "./request-id.ts";

/**
 * Why the gateway answers with an error: the reason goes into the log line, the status and one
 * sentence to the client. Several reasons share a sentence where the difference is nobody's business.
 */
export type Reason =
  | "host-malformed"
  | "host-unknown"
  | "path-malformed"
  | "path-unknown"
  | "method-not-allowed"
  | "function-method-not-allowed"
  | "signature-missing"
  | "signature-invalid"
  | "account-unknown"
  | "body-too-large"
  | "function-body-too-large"
  | "body-broken"
  | "body-late"
  | "busy"
  | "too-many-calls"
  | "precondition-failed"
  | "range-unsatisfiable"
  | "manifest-corrupt"
  | "manifest-future"
  | "manifest-unavailable"
  | "tokens-unavailable"
  | "environment-unavailable"
  | "bytes-missing"
  | "bytes-unavailable"
  | "internal";

type Wire = { status: number; title: string; sentence: string; log: "error" | "warn" | null };

const FORBIDDEN: Wire = {
  status: 403,
  title: "Forbidden",
  sentence: "This is protected: it is served to requests with a valid X-Twilio-Signature.",
  log: "warn",
};
const NOT_FOUND: Wire = {
  status: 404,
  title: "Not Found",
  sentence: "There is nothing at this address.",
  log: null,
};
const BAD_REQUEST: Wire = {
  status: 400,
  title: "Bad Request",
  sentence: "The address of this request is malformed.",
  log: null,
};
const TRY_AGAIN: Wire = {
  status: 503,
  title: "Service Unavailable",
  sentence: "The storage behind this address does not answer. Try again shortly.",
  log: "error",
};
const BROKEN: Wire = {
  status: 502,
  title: "Bad Gateway",
  sentence: "The deployment behind this address cannot be read. Deploying again repairs it.",
  log: "error",
};

const WIRE: Record<Reason, Wire> = {
  "host-malformed": BAD_REQUEST,
  "host-unknown": NOT_FOUND,
  "path-malformed": BAD_REQUEST,
  "path-unknown": NOT_FOUND,
  "method-not-allowed": {
    status: 405,
    title: "Method Not Allowed",
    sentence: "Assets answer GET, HEAD, POST and OPTIONS.",
    log: null,
  },
  "signature-missing": FORBIDDEN,
  "signature-invalid": FORBIDDEN,
  "account-unknown": FORBIDDEN,
  "body-too-large": {
    status: 413,
    title: "Content Too Large",
    sentence: "The body of a signed request may have 64 KiB.",
    log: "warn",
  },
  "function-method-not-allowed": {
    status: 405,
    title: "Method Not Allowed",
    sentence: "Functions answer GET, POST and OPTIONS.",
    log: null,
  },
  "function-body-too-large": {
    status: 413,
    title: "Content Too Large",
    sentence: "The body of a request to a function may have 6 MB.",
    log: "warn",
  },
  "body-broken": {
    status: 400,
    title: "Bad Request",
    sentence: "The body of this request did not arrive whole.",
    log: null,
  },
  "body-late": {
    status: 408,
    title: "Request Timeout",
    sentence: "The body of this request came too slowly.",
    log: null,
  },
  busy: {
    status: 503,
    title: "Service Unavailable",
    sentence: "Too much is under way here. Try again shortly.",
    log: "warn",
  },
  "too-many-calls": {
    status: 429,
    title: "Too Many Requests",
    sentence: "More than 30 functions of this account at once.",
    log: "warn",
  },
  "precondition-failed": {
    status: 412,
    title: "Precondition Failed",
    sentence: "The asset is not the one the request's preconditions name.",
    log: null,
  },
  "range-unsatisfiable": {
    status: 416,
    title: "Range Not Satisfiable",
    sentence: "The asset has no bytes in this range.",
    log: null,
  },
  "manifest-corrupt": BROKEN,
  "manifest-future": BROKEN,
  "manifest-unavailable": TRY_AGAIN,
  "tokens-unavailable": TRY_AGAIN,
  "environment-unavailable": TRY_AGAIN,
  "bytes-missing": {
    ...BROKEN,
    sentence:
      "The file behind this address is not stored. Sending and deploying it again repairs it.",
  },
  "bytes-unavailable": TRY_AGAIN,
  internal: {
    status: 500,
    title: "Internal Server Error",
    sentence: "Ringback failed to answer this request.",
    log: "error",
  },
};

const RETRY_AFTER_SECONDS = "5";

/** What every error of a status carries; copied into each answer, with its request id. */
const sharedHeaders = new Map<number, Headers>();

function headersOf(status: number): Headers {
  const known = sharedHeaders.get(status);
  if (known) return known;
  const headers = new Headers({
    "Content-Type": "text/plain; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    // The status is no secret, and a page that fetches an asset must tell a 416 from a fault.
    "Access-Control-Allow-Origin": "*",
  });
  if (status === 503) headers.set("Retry-After", RETRY_AFTER_SECONDS);
  sharedHeaders.set(status, headers);
  return headers;
}

/**
 * Returns the answer to a request that fails for `reason`, and writes the log line that its request
 * id finds. `detail` goes to the log alone. Cannot throw.
 */
export function errorResponse(
  reason: Reason,
  request: Request,
  fields?: Record<string, string>,
  detail?: unknown,
): Response {
  const { status, title, sentence, log } = WIRE[reason];
  const requestId = requestIdOf(request);
  const { method } = request;
  if (log !== null) {
    const cause = detail instanceof Error ? detail.message : detail;
    // Numbers and names of callers stand in query strings.
    const url = request.url.replace(/\?.*$/s, "?…");
    console[log](JSON.stringify({ reason, status, requestId, method, url, cause }));
  }
  const shared = headersOf(status);
  const headers = fields ? new Headers(shared) : shared;
  for (const name in fields) headers.set(name, fields[name] as string);
  headers.set("X-Request-Id", requestId);
  headers.set("Date", dateField(Math.floor(Date.now() / 1000)));
  const body = `${status} ${title}\n${sentence}\nRequest: ${requestId}\n`;
  if (method !== "HEAD") return noted(new Response(body, { status, headers }), { reason });
  const head = new Headers(headers);
  head.set("Content-Length", String(body.length));
  return noted(new Response(null, { status, headers: head }), { reason });
}
