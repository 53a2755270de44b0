import { dateField } from "../contract/http-date.ts";
import type { ManifestVisibility } from "../contract/manifest.ts";

export const ALLOWED_METHODS = "GET, HEAD, POST, OPTIONS";
export const FUNCTION_METHODS = "GET, POST, OPTIONS";

/** POST is answered as GET is: a TwiML file may stand where a webhook is expected. */
export function isAllowedMethod(method: string): boolean {
  return method === "GET" || method === "HEAD" || method === "POST" || method === "OPTIONS";
}

/** The preflight answer of Twilio's hosting (contract 6.1). */
const PREFLIGHT = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers": "ETag",
  "Access-Control-Max-Age": "86400",
  "Access-Control-Allow-Credentials": "true",
};

/** Answers OPTIONS for an asset. Of a protected one no other origin's page may read anything. */
export function optionsResponse(visibility: ManifestVisibility): Response {
  if (visibility === "protected") return noContent({ Allow: ALLOWED_METHODS });
  return noContent({
    Allow: ALLOWED_METHODS,
    "Access-Control-Allow-Methods": ALLOWED_METHODS,
    // Twilio's, and what media players need besides.
    "Access-Control-Allow-Headers":
      "Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, " +
      "If-Range, If-Unmodified-Since, Range, User-Agent",
    ...PREFLIGHT,
  });
}

/** Answers OPTIONS for a function, field for field as Twilio's emulator does; Allow is ours. */
export function functionOptionsResponse(): Response {
  return noContent({
    Allow: FUNCTION_METHODS,
    "Access-Control-Allow-Methods": FUNCTION_METHODS,
    "Access-Control-Allow-Headers":
      "Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, " +
      "If-Unmodified-Since, User-Agent",
    "Content-Type": "text/plain; charset=UTF-8",
    ...PREFLIGHT,
  });
}

function noContent(fields: Record<string, string>): Response {
  const date = dateField(Math.floor(Date.now() / 1000));
  return new Response(null, { status: 204, headers: { ...fields, Date: date } });
}
