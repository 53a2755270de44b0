import type { ManifestVisibility } from "../manifest.ts";
import { dateField } from "./http-date.ts";

export const ALLOWED_METHODS = "GET, HEAD, POST, OPTIONS";

/** POST is answered as GET is: a TwiML file may stand where a webhook is expected. */
export function isAllowedMethod(method: string): boolean {
  return method === "GET" || method === "HEAD" || method === "POST" || method === "OPTIONS";
}

/** The preflight answer of Twilio's hosting (contract 6.1), and what media players need besides. */
const PREFLIGHT = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Headers":
    "Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, " +
    "If-Range, If-Unmodified-Since, Range, User-Agent",
  "Access-Control-Expose-Headers": "ETag",
  "Access-Control-Max-Age": "86400",
  "Access-Control-Allow-Credentials": "true",
};

/** Answers OPTIONS for an asset. Of a protected one no other origin's page may read anything. */
export function optionsResponse(visibility: ManifestVisibility): Response {
  return visibility === "public"
    ? preflightResponse(ALLOWED_METHODS)
    : noContent({ Allow: ALLOWED_METHODS });
}

/** Answers OPTIONS for what pages of any origin may call with `methods`. */
export function preflightResponse(methods: string): Response {
  return noContent({ Allow: methods, "Access-Control-Allow-Methods": methods, ...PREFLIGHT });
}

function noContent(fields: Record<string, string>): Response {
  const date = dateField(Math.floor(Date.now() / 1000));
  return new Response(null, { status: 204, headers: { ...fields, Date: date } });
}
