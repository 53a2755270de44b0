/** What a request is for, cut from its URL as it was received. */
export type RequestTarget = {
  scheme: "http" | "https";
  /** Lower case, without port and trailing dot. */
  hostname: string;
  /** As received: starts with a slash, neither decoded nor normalised. */
  path: string;
  /** As received, with its question mark; empty when there is none. */
  query: string;
};

/**
 * A host and an optional port, which may be empty (RFC 9110 4.2.3): DNS names (with the underscore
 * that some carry) and bracketed IPv6. What else a Host header can smuggle into the URL has no match:
 * `user@host`, `a, b` (two Host fields joined), percent-encoding, spaces, backslashes, raw non-ASCII.
 */
const AUTHORITY =
  /^([A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?|\[[0-9A-Fa-f:.]+\])(?::(\d{0,5}))?$/;

/** TCP has no more, and a URL with another cannot be parsed. */
const MAX_PORT = 65_535;

/**
 * Cuts `url` into its parts, or returns null when its authority is malformed.
 *
 * The string is cut, not parsed by `new URL`: workerd hands over the path as the client sent it
 * (measured: `/a/../b`, `/a\b` and `/a//b` arrive unchanged, unless something in front of it, as
 * `wrangler dev` does, has normalised them), and a WHATWG parser would resolve `..` and turn `\`
 * into `/` before canonicalPath could refuse them.
 *
 * `hostField` is the Host header, where there is one: workerd makes the URL by writing one after the
 * other, so `Host: a.example/secret?` would choose a path. One that is no authority is refused, too.
 */
export function parseRequestTarget(
  url: string,
  hostField: string | null = null,
): RequestTarget | null {
  const scheme = url.startsWith("https://") ? "https" : url.startsWith("http://") ? "http" : null;
  if (scheme === null) return null;
  const authorityStart = scheme.length + 3;
  const queryStart = url.indexOf("?", authorityStart);
  const end = queryStart === -1 ? url.length : queryStart;
  const slash = url.indexOf("/", authorityStart);
  const pathStart = slash === -1 || slash > end ? end : slash;
  const authority = url.slice(authorityStart, pathStart);
  const match = AUTHORITY.exec(authority);
  if (!match || Number(match[2] ?? 0) > MAX_PORT) return null;
  if (hostField !== null && hostField !== authority && !AUTHORITY.test(hostField.trim()))
    return null;
  const name = (match[1] as string).toLowerCase();
  return {
    scheme,
    hostname: name.endsWith(".") ? name.slice(0, -1) : name,
    path: pathStart === end ? "/" : url.slice(pathStart, end),
    query: url.slice(end),
  };
}
