import { dateField } from "../contract/http-date.ts";
import type { HeaderFields } from "../contract/manifest.ts";

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

const ASSET_PREFLIGHT = {
  "Access-Control-Allow-Methods": ALLOWED_METHODS,
  // Twilio's, and what media players need besides.
  "Access-Control-Allow-Headers":
    "Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, " +
    "If-Range, If-Unmodified-Since, Range, User-Agent",
  ...PREFLIGHT,
};

/**
 * Answers OPTIONS for an asset that is served with `fields`: what these say of other origins, the
 * preflight says too, and Twilio's defaults where they say nothing. Where they let no origin read the
 * asset, as a protected one's do without a rule, the preflight lets none ask.
 */
export function optionsResponse(fields: HeaderFields): Response {
  const said = crossOriginFields(fields);
  const origin = new Headers(said).get("access-control-allow-origin");
  if (origin === null) return noContent({ Allow: ALLOWED_METHODS });
  const { "Access-Control-Allow-Credentials": credentials, ...others } = ASSET_PREFLIGHT;
  // Beside `*` it has no effect; beside one origin it would be a promise that the asset does not keep.
  const preset =
    origin === "*" ? { ...others, "Access-Control-Allow-Credentials": credentials } : others;
  const headers = new Headers({ Allow: ALLOWED_METHODS, ...preset });
  for (const [name, value] of said) headers.set(name, value);
  return noContent(Object.fromEntries(headers));
}

/** What `fields` say to other origins' pages; every answer about the asset says it, errors too. */
export function crossOriginFields(fields: HeaderFields): HeaderFields {
  return fields.filter(([name]) => /^(?:access-control-.*|vary)$/i.test(name));
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
