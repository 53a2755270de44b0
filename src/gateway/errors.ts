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
  | "signature-missing"
  | "signature-invalid"
  | "account-unknown"
  | "body-too-large"
  | "precondition-failed"
  | "range-unsatisfiable"
  | "manifest-corrupt"
  | "manifest-future"
  | "manifest-unavailable"
  | "tokens-unavailable"
  | "bytes-missing"
  | "bytes-unavailable"
  | "internal";

type Wire = { status: number; title: string; sentence: string; log: "error" | "warn" | null };

const FORBIDDEN: Wire = {
  status: 403,
  title: "Forbidden",
  sentence: "This asset is protected: it is served to requests with a valid X-Twilio-Signature.",
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
  "bytes-missing": BROKEN,
  "bytes-unavailable": TRY_AGAIN,
  internal: {
    status: 500,
    title: "Internal Server Error",
    sentence: "Ringback failed to answer this request.",
    log: "error",
  },
};

const RETRY_AFTER_SECONDS = "5";

/**
 * Returns the answer to a request that fails for `reason`, and writes the log line that its request
 * id finds. `detail` goes to the log alone. Cannot throw.
 */
export function errorResponse(
  reason: Reason,
  request: Request,
  fields: Record<string, string> = {},
  detail?: unknown,
): Response {
  const { status, title, sentence, log } = WIRE[reason];
  const requestId = request.headers.get("cf-ray") ?? crypto.randomUUID();
  if (log !== null) {
    const { method, url } = request;
    const cause = detail instanceof Error ? detail.message : detail;
    console[log](JSON.stringify({ reason, status, requestId, method, url, detail: cause }));
  }
  const headers = new Headers(fields);
  headers.set("Content-Type", "text/plain; charset=utf-8");
  headers.set("Cache-Control", "no-store");
  headers.set("X-Content-Type-Options", "nosniff");
  headers.set("X-Request-Id", requestId);
  // The status is no secret, and a page that fetches an asset must be able to tell 416 from a fault.
  headers.set("Access-Control-Allow-Origin", "*");
  if (status === 503) headers.set("Retry-After", RETRY_AFTER_SECONDS);
  const body = `${status} ${title}\n${sentence}\nRequest: ${requestId}\n`;
  return new Response(request.method === "HEAD" ? null : body, { status, headers });
}
