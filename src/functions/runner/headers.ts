type HeaderFields = [name: string, value: string][];

/** What Twilio's runtime keeps from functions (contract 5), and what the edge adds of its own. */
const WITHHELD = new Set([
  "via",
  "referer",
  "transfer-encoding",
  "proxy-authorization",
  "proxy-authenticate",
  "x-real-ip",
  "connection",
  "proxy-connection",
  "expect",
  "trailer",
  "upgrade",
  "cdn-loop",
]);
const WITHHELD_PREFIX = /^(?:i-twilio-|i-t-|ot-|x-amz|x-forwarded-|x-accel-|cf-)/;

/** Returns `event.request.headers`: lower-case names, a list where a name came more than once. */
export function eventHeaders(fields: HeaderFields): Record<string, string | string[]> {
  // A name may be one of the prototype's, `__proto__` too: a map has no other names than its own.
  const headers = new Map<string, string | string[]>();
  for (const [field, value] of fields) {
    const name = field.toLowerCase();
    if (WITHHELD.has(name) || WITHHELD_PREFIX.test(name)) continue;
    const existing = headers.get(name);
    headers.set(name, existing ? [existing, value].flat() : value);
  }
  return Object.fromEntries(headers);
}

/** The first value of a header; undefined when it did not come. */
export function headerValue(fields: HeaderFields, name: string): string | undefined {
  return fields.find(([field]) => field.toLowerCase() === name)?.[1];
}
