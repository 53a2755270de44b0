/**
 * The CORS fields of every answer (contract 1.1). Any origin may call, with credentials that its
 * script holds itself: no Access-Control-Allow-Credentials, so nothing a browser adds by itself
 * could ever count.
 */
export const CORS_FIELDS = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers": "Allow, Content-Length, ETag, Retry-After, Twilio-Request-Id",
};

/** The further fields that answer a preflight for a resource with these methods. */
export function preflightFields(methods: string[]): Record<string, string> {
  return {
    "Access-Control-Allow-Methods": methods.join(", "),
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Max-Age": "86400",
  };
}
