import parseQuery from "qs/lib/parse.js";
import { type BodyRefusal, parseBody } from "./body.ts";
import { parseCookies } from "./cookies.ts";
import { eventHeaders, headerValue } from "./headers.ts";
import type { FunctionCall } from "./protocol.ts";

export type FunctionEvent = { ok: true; event: object } | { ok: false; refusal: BodyRefusal };

/** Express's: up to 1,000 fields, all of one name if need be, whose name may be `toString`. */
const QUERY_RULES = { allowPrototypes: true, arrayLimit: 1000 };

/**
 * Returns a function's `event`: `request`, then the query's fields, then the body's. A later one
 * takes the place of an earlier one, `request` not excepted (contract 5).
 */
export function functionEvent(call: FunctionCall): FunctionEvent {
  const body = parseBody(call);
  if (!body.ok) return body;
  const event = {
    request: {
      headers: eventHeaders(call.headers),
      cookies: parseCookies(headerValue(call.headers, "cookie")),
    },
    ...parseQuery(call.query, QUERY_RULES),
    ...body.fields,
  };
  return { ok: true, event };
}
