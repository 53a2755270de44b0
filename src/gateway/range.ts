/** A byte range: `start` and `end` are offsets, both included. */
export type ByteRange = { start: number; end: number };

export type RangeOutcome =
  | { kind: "whole" }
  | { kind: "partial"; range: ByteRange }
  | { kind: "unsatisfiable" };

const WHOLE: RangeOutcome = { kind: "whole" };
const UNSATISFIABLE: RangeOutcome = { kind: "unsatisfiable" };

/**
 * More ranges than this are not worth adding up: the field is ignored, as RFC 9110 14.2 allows for
 * "many small ranges" and other egregious requests.
 */
const MAX_RANGES = 32;

/**
 * No honest field is longer, and the expressions below take time that grows with the square of a run
 * of spaces: 16,000 of them are a second of processor time.
 */
const MAX_FIELD_LENGTH = 1_000;

/**
 * RFC 9110 14.1: nothing stands around the equals sign. The white space around the whole field is the
 * runtime's to remove, which leaves what trails.
 */
const RANGES_SPECIFIER = /^[\t ]*bytes=(?![\t ])(.*?)[\t ]*$/i;

/** RFC 9110 5.6.3: optional white space is SP and HTAB; \s and trim() know many more. */
const OUTER_OWS = /^[\t ]+|[\t ]+$/g;

/** RFC 9110 14.1.2: `first-last`, `first-` or `-length`; inner white space is not allowed. */
const RANGE_SPEC = /^(?:(\d+)-(\d*)|-(\d+))$/;

/**
 * Reads a Range field against a representation of `size` bytes (RFC 9110 14.2).
 *
 * Malformed is ignored ("whole"): not bytes, a spec that is none, `last` before `first`, or one such
 * spec in a list. Well-formed but beyond the end is "unsatisfiable". Several ranges are "partial"
 * when they join into one and "whole" otherwise: multipart/byteranges is never made, because no
 * media fetcher asks for it and a server that makes it can be asked for the same bytes many times.
 */
export function evaluateRange(field: string | null, size: number): RangeOutcome {
  if (field === null || field.length > MAX_FIELD_LENGTH) return WHOLE;
  const set = RANGES_SPECIFIER.exec(field)?.[1];
  if (set === undefined) return WHOLE;
  const specs = set
    .split(",", MAX_RANGES + 1)
    .map((spec) => spec.replace(OUTER_OWS, ""))
    .filter((spec) => spec !== "");
  if (specs.length === 0 || specs.length > MAX_RANGES) return WHOLE;
  const ranges: ByteRange[] = [];
  for (const spec of specs) {
    const range = parseRangeSpec(spec, size);
    if (range === "malformed") return WHOLE;
    if (range !== "unsatisfiable") ranges.push(range);
  }
  const first = ranges[0];
  if (first === undefined) return UNSATISFIABLE;
  const joined = ranges.length === 1 ? first : join(ranges);
  // An empty representation has no last byte for Content-Range to name: a suffix of it is all of it.
  return joined === null || joined.end < joined.start ? WHOLE : { kind: "partial", range: joined };
}

function parseRangeSpec(spec: string, size: number): ByteRange | "malformed" | "unsatisfiable" {
  const match = RANGE_SPEC.exec(spec);
  if (!match) return "malformed";
  const [, first, last, suffix] = match;
  if (first === undefined) {
    const length = offset(suffix as string);
    return length === 0 ? "unsatisfiable" : { start: Math.max(0, size - length), end: size - 1 };
  }
  const start = offset(first);
  const end = last ? offset(last) : Number.POSITIVE_INFINITY;
  // Compared as digits too: past 2^53 two different numbers look equal.
  if (end < start || (last && !Number.isSafeInteger(end) && longerDigits(first, last))) {
    return "malformed";
  }
  return start >= size ? "unsatisfiable" : { start, end: Math.min(end, size - 1) };
}

/** Digits past what a double holds are still a number, only larger than any size. */
function offset(digits: string): number {
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : Number.POSITIVE_INFINITY;
}

function longerDigits(first: string, last: string): boolean {
  const a = first.replace(/^0+/, "");
  const b = last.replace(/^0+/, "");
  return a.length > b.length || (a.length === b.length && a > b);
}

/** One range that covers all of `ranges` and nothing else, or null. */
function join(ranges: ByteRange[]): ByteRange | null {
  const sorted = ranges.toSorted((a, b) => a.start - b.start);
  const joined = { ...(sorted[0] as ByteRange) };
  for (const range of sorted) {
    if (range.start > joined.end + 1) return null;
    joined.end = Math.max(joined.end, range.end);
  }
  return joined;
}
