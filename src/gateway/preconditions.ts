import { parseHttpDate } from "../contract/http-date.ts";

/** What a representation is known by (RFC 9110 8.8). */
export type Validators = {
  /** A strong entity tag, with its quotes. */
  etag: string;
  /** Unix seconds; one that lies ahead has been said to nobody, and no date but a later one holds. */
  lastModified: number;
};

export type PreconditionOutcome = "proceed" | "not-modified" | "precondition-failed";

/**
 * Evaluates a request's preconditions in the order of RFC 9110 13.2.2, against a representation that
 * exists. Total: a field that cannot be parsed counts as 13.1 says for it (a date is ignored, an
 * entity tag matches nothing).
 */
export function evaluatePreconditions(
  method: string,
  headers: Headers,
  validators: Validators,
  now: number,
): PreconditionOutcome {
  const isRead = method === "GET" || method === "HEAD";
  const ifMatch = headers.get("if-match");
  if (ifMatch !== null) {
    if (!matchesStrongly(ifMatch, validators.etag)) return "precondition-failed";
  } else {
    const since = dateOf(headers.get("if-unmodified-since"), now);
    if (since !== null && validators.lastModified > since) return "precondition-failed";
  }
  const ifNoneMatch = headers.get("if-none-match");
  if (ifNoneMatch !== null) {
    if (!matchesWeakly(ifNoneMatch, validators.etag)) return "proceed";
    return isRead ? "not-modified" : "precondition-failed";
  }
  if (isRead) {
    const since = dateOf(headers.get("if-modified-since"), now);
    if (since !== null && validators.lastModified <= since) return "not-modified";
  }
  return "proceed";
}

/**
 * RFC 9110 13.1.5: whether a Range may be honoured. An entity tag must match strongly. A date must
 * be the Last-Modified to the second and be a strong validator: at least a second older than now
 * (8.8.2.2), so that bytes which changed twice within it cannot be mixed.
 */
export function ifRangeHolds(field: string | null, validators: Validators, now: number): boolean {
  if (field === null) return true;
  const value = field.trim();
  if (value.endsWith('"')) return value === validators.etag;
  const date = parseHttpDate(value, now);
  return date !== null && date === validators.lastModified && now - date >= 1;
}

/** RFC 9110 8.8.3.2: `W/"x"` is never equal to anything. */
function matchesStrongly(field: string, etag: string): boolean {
  return field.trim() === "*" || entityTags(field).includes(etag);
}

function matchesWeakly(field: string, etag: string): boolean {
  if (field.trim() === "*") return true;
  return entityTags(field).some((tag) => (tag.startsWith("W/") ? tag.slice(2) : tag) === etag);
}

/**
 * RFC 9110 8.8.3: etagc is any visible character but the quote, commas too, and obs-text, which the
 * runtime has decoded as UTF-8 and so may be any character.
 */
const ENTITY_TAG = /[\t ,]*((?:W\/)?"[\x21\x23-\x7e\x80-\uffff]*")[\t ]*(?=,|$)/y;

/** The members of a list of entity tags, up to the first that is malformed. */
function entityTags(field: string): string[] {
  const tags: string[] = [];
  ENTITY_TAG.lastIndex = 0;
  for (let match = ENTITY_TAG.exec(field); match; match = ENTITY_TAG.exec(field)) {
    tags.push(match[1] as string);
  }
  return tags;
}

function dateOf(field: string | null, now: number): number | null {
  return field === null ? null : parseHttpDate(field.trim(), now);
}
