/**
 * The CORS fields of every answer (contract 1.1). Any origin may call, with credentials that its
 * script holds itself: no Access-Control-Allow-Credentials, so nothing a browser adds by itself
 * could ever count.
 */
export const CORS_FIELDS = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers": "Allow, Content-Length, ETag, Retry-After, Twilio-Request-Id",
};

/** The further fields of a resource that takes `methods`: what its preflight is asked for. */
export function resourceFields(methods: string[]): Record<string, string> {
  if (methods.length === 0) return {};
  return {
    "Access-Control-Allow-Methods": methods.join(", "),
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
  };
}

/** How long a browser may remember the answer to a preflight. */
export const PREFLIGHT_MAX_AGE = { "Access-Control-Max-Age": "86400" };
