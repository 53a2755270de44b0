/**
 * The one spelling of an asset path. Stored paths and request paths both pass through here, so two
 * spellings of one resource meet and two resources never do.
 *
 * Every rule below refuses; none rewrites what a segment means. A gateway that "cleans" a path
 * serves something nobody asked for, and what is cleaned differently by a proxy in front of it is
 * how one asset's protection comes to guard another's bytes.
 */

/** The longest stored path: Twilio's 255 characters, each up to nine once percent-encoded. */
const MAX_PATH_LENGTH = 255 * 9;

/**
 * Every character RFC 3986 (3.3, pchar) lets a segment carry as itself, and the slash between
 * segments. A path of only these, without a dot segment, already is canonical.
 */
const PLAIN_PATH = /^\/[A-Za-z0-9\-._~!$&'()*+,;=:@/]*$/;

/** A segment that is `.` or `..`: the two that a URL parser would resolve away. */
const DOT_SEGMENT = /\/\.{1,2}(?=\/|$)/;

/**
 * What a decoded segment must not hold: C0 controls and DEL (NUL ends a C string, CR and LF split a
 * header or a log line), and the backslash, which WHATWG URL parsers turn into a slash: `..\..\x`
 * is one segment here and three steps up there.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing control characters is the rule.
const FORBIDDEN_IN_SEGMENT = /[\u0000-\u001f\u007f\\]/;

/** A percent sign that no two hexadecimal digits follow. */
const STRAY_PERCENT = /%(?![0-9A-Fa-f]{2})/g;

/** What encodeURIComponent escapes although pchar allows it. */
const OVER_ESCAPED = /%(?:24|26|2B|2C|3A|3B|3D|40)/g;

/**
 * Returns the canonical form of `path` (absolute, percent-encoded or raw, without query), or null
 * when it has none: not absolute, too long, a percent sign that starts no UTF-8 sequence, a control
 * character, a backslash, or a dot segment in any spelling (`..`, `%2e%2e`, `.%2E`).
 *
 * Canonical: each segment is decoded once, as UTF-8, composed (Unicode's NFC: a Mac's file system
 * hands out names decomposed, a keyboard types them composed), and encoded again with upper-case
 * hexadecimal for everything but pchar (RFC 3986, 3.3 and 6.2.2). So `/my file.mp3` and `/my%20file.mp3` meet,
 * while `%2F` stays `%2F` (a slash in a name is not a separator) and `%252F` stays `%252F` (decoding
 * twice would make it one). Empty segments, a trailing slash and case are kept: they name other
 * paths. canonicalPath(canonicalPath(p)) is canonicalPath(p).
 */
export function canonicalPath(path: string): string | null {
  if (path.length > MAX_PATH_LENGTH || path.charCodeAt(0) !== 0x2f) return null;
  if (PLAIN_PATH.test(path)) {
    return path.includes("/.") && DOT_SEGMENT.test(path) ? null : path;
  }
  const segments = path.split("/");
  for (let index = 1; index < segments.length; index++) {
    const segment = canonicalSegment(segments[index] as string);
    if (segment === null) return null;
    segments[index] = segment;
  }
  const canonical = segments.join("/");
  return canonical.length > MAX_PATH_LENGTH ? null : canonical;
}

/**
 * Returns `path`, the name of a file that is being stored, with every percent sign that starts no
 * escape escaped itself: in the name `50% off.wav` it is a character. A request's path is not read so.
 */
export function escapeStrayPercents(path: string): string {
  return path.replace(STRAY_PERCENT, "%25");
}

function canonicalSegment(segment: string): string | null {
  let decoded: string;
  try {
    // Throws for `%`, `%zz`, and for bytes that are no UTF-8: overlong forms (%c0%ae is an old
    // spelling of the dot), lone surrogates, truncated sequences.
    decoded = decodeURIComponent(segment);
  } catch {
    return null;
  }
  // A lone surrogate in a raw string is no character: it would become U+FFFD and meet others.
  if (!decoded.isWellFormed()) return null;
  // Before the rules below: composing can make an ASCII character of another one.
  decoded = decoded.normalize("NFC");
  if (decoded === "." || decoded === "..") return null;
  if (FORBIDDEN_IN_SEGMENT.test(decoded)) return null;
  return encodeURIComponent(decoded).replace(OVER_ESCAPED, decodeURIComponent);
}
