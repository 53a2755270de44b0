/**
 * A streaming reader of multipart/form-data (RFC 7578 over RFC 2046 5.1): a body of any size is read
 * in constant memory, and what is wrong with one is a value, not an exception, because every wrong
 * body is something a client can send.
 */
import { type PartHeaders, partHeaders } from "./multipart-headers.ts";

export type MultipartEvent =
  | { kind: "part"; headers: PartHeaders }
  /** Some of the current part's content; valid until the next event is asked for. */
  | { kind: "bytes"; bytes: Uint8Array }
  | { kind: "end" }
  | { kind: "failure"; reason: MultipartFailure };

export type MultipartFailure =
  /** A delimiter or a header line that is none. */
  | "malformed"
  /** The body ends before its closing delimiter. */
  | "truncated"
  | "headers-too-large"
  | "too-many-parts"
  /** The client went away. */
  | "broken-off";

/** Bytes of one part's header lines. */
export const MAX_PART_HEADERS = 8 * 1024;
/** Parts in one body; an upload has three. */
export const MAX_PARTS = 8;
/** Bytes before the first delimiter: RFC 2046 allows some, no client sends any. */
const MAX_PREAMBLE = 1024;
/** White space between a delimiter and the end of its line. */
const MAX_PADDING = 256;

const CR = 0x0d;
const CRLF = encode("\r\n");
const BLANK_LINE = encode("\r\n\r\n");
const CLOSE = encode("--");

/** What has arrived and is not consumed yet. */
type Window = {
  source: AsyncIterator<Uint8Array>;
  bytes: Uint8Array;
  ended: "truncated" | "broken-off" | null;
};

/**
 * Reads `body` and yields, for each part, one `part` and then its content as `bytes`; at last `end`
 * or `failure`, after which nothing comes. Any division of a body into chunks gives the same parts
 * with the same content. A chunk need not outlast the next one. What stands behind the closing
 * delimiter is not read.
 */
export async function* readMultipart(
  body: AsyncIterable<Uint8Array>,
  boundary: string,
): AsyncGenerator<MultipartEvent, void> {
  const delimiter = encode(`\r\n--${boundary}`);
  // The very first delimiter has no CRLF before it: one is put there, so that it is found as every
  // other is.
  const window: Window = { source: body[Symbol.asyncIterator](), bytes: CRLF, ended: null };
  try {
    if ((await find(window, delimiter, MAX_PREAMBLE)) === -1) {
      return yield failure(window.ended ?? "malformed");
    }
    consume(window, indexOf(window.bytes, delimiter));
    for (let parts = 0; ; parts++) {
      const line = await readDelimiterLine(window, delimiter);
      if (line === "close") return yield { kind: "end" };
      if (line !== "open") return yield failure(line);
      if (parts === MAX_PARTS) return yield failure("too-many-parts");

      const headersEnd = await find(window, BLANK_LINE, MAX_PART_HEADERS);
      if (headersEnd === -1) return yield failure(window.ended ?? "headers-too-large");
      const headers = partHeaders(window.bytes.subarray(CRLF.byteLength, headersEnd));
      if (headers === null) return yield failure("malformed");
      consume(window, headersEnd + BLANK_LINE.byteLength);
      yield { kind: "part", headers };

      for (;;) {
        const at = indexOf(window.bytes, delimiter);
        const length = at === -1 ? settledLength(window.bytes, delimiter) : at;
        const bytes = window.bytes.subarray(0, length);
        consume(window, length);
        if (length > 0) yield { kind: "bytes", bytes };
        if (at !== -1) break;
        if (!(await more(window))) return yield failure(window.ended ?? "truncated");
      }
    }
  } finally {
    await window.source.return?.();
  }
}

/**
 * Consumes the delimiter at the window's start. The line's own CRLF stays: a part without headers
 * then shows the blank line that every part has.
 */
async function readDelimiterLine(
  window: Window,
  delimiter: Uint8Array,
): Promise<"open" | "close" | MultipartFailure> {
  consume(window, delimiter.byteLength);
  while (window.bytes.byteLength < CLOSE.byteLength) {
    if (!(await more(window))) return window.ended ?? "truncated";
  }
  if (matchesAt(window.bytes, 0, CLOSE)) return "close";
  const lineEnd = await find(window, CRLF, MAX_PADDING);
  if (lineEnd === -1) return window.ended ?? "malformed";
  const padding = window.bytes.subarray(0, lineEnd);
  if (!padding.every((byte) => byte === 0x20 || byte === 0x09)) return "malformed";
  consume(window, lineEnd);
  return "open";
}

/** The place of `pattern` in the window, read on as far as needed; -1 when not within `limit` bytes. */
async function find(window: Window, pattern: Uint8Array, limit: number): Promise<number> {
  let from = 0;
  for (;;) {
    const at = indexOf(window.bytes, pattern, from);
    if (at !== -1) return at <= limit ? at : -1;
    if (window.bytes.byteLength > limit + pattern.byteLength) return -1;
    // Of what was looked through only the end can begin one: a byte that comes costs a byte's time.
    from = Math.max(0, window.bytes.byteLength - pattern.byteLength + 1);
    if (!(await more(window))) return -1;
  }
}

/** Takes in the next chunk; false at the end of the body, and `ended` then tells which end. */
async function more(window: Window): Promise<boolean> {
  // A source may read the next chunk into the memory of this one.
  const rest = window.bytes.slice();
  try {
    const { done, value } = await window.source.next();
    if (done) {
      window.ended = "truncated";
      return false;
    }
    window.bytes = rest.byteLength === 0 ? value : joined(rest, value);
    return true;
  } catch {
    window.ended = "broken-off";
    return false;
  }
}

function consume(window: Window, length: number): void {
  window.bytes = window.bytes.subarray(length);
}

/** How many of `bytes`, which hold no whole delimiter, cannot be the start of one. */
function settledLength(bytes: Uint8Array, delimiter: Uint8Array): number {
  // A delimiter holds one CR, its first byte: only the last CR can begin one that is cut off.
  const start = bytes.lastIndexOf(CR);
  if (start === -1 || bytes.byteLength - start >= delimiter.byteLength) return bytes.byteLength;
  return matchesAt(delimiter, 0, bytes.subarray(start)) ? start : bytes.byteLength;
}

function indexOf(bytes: Uint8Array, pattern: Uint8Array, from = 0): number {
  const first = pattern[0] as number;
  for (let at = bytes.indexOf(first, from); at !== -1; at = bytes.indexOf(first, at + 1)) {
    if (matchesAt(bytes, at, pattern)) return at;
  }
  return -1;
}

function matchesAt(bytes: Uint8Array, at: number, pattern: Uint8Array): boolean {
  for (let index = 0; index < pattern.byteLength; index++) {
    if (bytes[at + index] !== pattern[index]) return false;
  }
  return true;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const whole = new Uint8Array(a.byteLength + b.byteLength);
  whole.set(a);
  whole.set(b, a.byteLength);
  return whole;
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function failure(reason: MultipartFailure): MultipartEvent {
  return { kind: "failure", reason };
}
