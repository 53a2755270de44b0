import { manifestHostname } from "../publish/hostnames.ts";

export type CustomHostname = { ok: true; hostname: string } | { ok: false; reason: string };

/** Names that no public DNS has (RFC 6761, RFC 8375, ICANN's private-use name). */
const PRIVATE_TOP_LEVELS = new Set(["localhost", "local", "internal", "invalid", "onion", "arpa"]);

/**
 * Returns the form of `text` that a request's URL has it in (lower case, non-ASCII as `xn--…`), or
 * why it can be nobody's own domain: it is no host name (RFC 1123 2.1), an address, not public, or
 * this installation's.
 */
export function customHostname(text: string, baseDomain: string): CustomHostname {
  const refused = (reason: string): CustomHostname => ({ ok: false, reason });
  // A URL parser would also accept, and drop, what does not belong to a host name.
  if (/[^\p{L}\p{M}\p{N}.-]/u.test(text)) return refused("it must be a host name, without a port");
  const parsed = URL.parse(`http://${text}/`);
  if (!parsed) return refused("it must be a host name");
  const { hostname } = parsed;
  const labels = hostname.split(".");
  const topLevel = labels.at(-1) as string;
  if (!labels.every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label))) {
    return refused(
      "each of its labels must be 1 to 63 letters, digits and hyphens, and not start or end with a hyphen",
    );
  }
  if (hostname.length > 253) return refused("it must be at most 253 characters long");
  if (/^\d+$/.test(topLevel)) return refused("it must be a name, not an address");
  if (labels.length < 2 || PRIVATE_TOP_LEVELS.has(topLevel)) {
    return refused("it must be a public host name");
  }
  const base = manifestHostname("", baseDomain);
  if (hostname.endsWith(base) || `.${hostname}` === base) {
    return refused("it belongs to this installation");
  }
  return { ok: true, hostname };
}
