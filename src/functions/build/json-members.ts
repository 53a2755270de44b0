/** Where a value stands in JSON: from `start`, up to `end`. */
export type Span = { start: number; end: number };

const decoder = new TextDecoder();
const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];

/**
 * Returns where the members of the JSON object at `start` stand, without reading them: a document of
 * tens of megabytes would take many times that as objects. Null where there is no whole object.
 */
export function membersOf(bytes: Uint8Array, start: number): Map<string, Span> | null {
  const members = new Map<string, Span>();
  let at = skipSpace(bytes, start);
  if (bytes[at] !== OPEN_BRACE) return null;
  at = skipSpace(bytes, at + 1);
  while (bytes[at] === QUOTE) {
    const afterName = skipValue(bytes, at);
    const name = valueAt(bytes, { start: at, end: afterName });
    at = skipSpace(bytes, afterName);
    if (typeof name !== "string" || bytes[at] !== COLON) return null;
    const valueStart = skipSpace(bytes, at + 1);
    const end = skipValue(bytes, valueStart);
    if (end <= valueStart) return null;
    members.set(name, { start: valueStart, end });
    at = skipSpace(bytes, end);
    if (bytes[at] !== COMMA) break;
    at = skipSpace(bytes, at + 1);
  }
  return bytes[at] === CLOSE_BRACE ? members : null;
}

/** The value at `span`; undefined where there is none, or it is no JSON. */
export function valueAt(bytes: Uint8Array, span: Span | undefined): unknown {
  if (span === undefined) return undefined;
  try {
    // A copy: what can be resized is not decoded.
    return JSON.parse(decoder.decode(bytes.slice(span.start, span.end)));
  } catch {
    return undefined;
  }
}

function skipSpace(bytes: Uint8Array, start: number): number {
  let at = start;
  for (let byte = bytes[at]; byte !== undefined && byte <= 0x20; byte = bytes[at]) at += 1;
  return at;
}

/** The end of the value at `start`. */
function skipValue(bytes: Uint8Array, start: number): number {
  let depth = 0;
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      for (at += 1; bytes[at] !== QUOTE; at++) {
        if (bytes[at] === BACKSLASH) at += 1;
        if (at >= bytes.length) return bytes.length;
      }
      if (depth === 0) return at + 1;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth += 1;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1;
      if (depth <= 0) return depth < 0 ? at : at + 1;
    } else if (depth === 0 && byte === COMMA) {
      return at;
    }
  }
  return bytes.length;
}
