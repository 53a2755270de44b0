/** What a rule of `/_headers` must leave alone, and why: the reason is what the developer reads. */

const FRAMING = "the connection's framing is not the asset's to set";
const BYTES = "it describes bytes, and the asset is always served as it was uploaded";
const VALIDATOR = "it is derived from the asset, and caches rely on it";
const COOKIE = "an asset is the same for everyone, and never sets a cookie";
const GATEWAY = "the gateway sets it";

/** Headers, in lower case, that a rule may neither set nor unset. */
const RESERVED = new Map<string, string>([
  ["connection", FRAMING],
  ["keep-alive", FRAMING],
  ["proxy-connection", FRAMING],
  ["te", FRAMING],
  ["trailer", FRAMING],
  ["transfer-encoding", FRAMING],
  ["upgrade", FRAMING],
  ["content-length", BYTES],
  ["content-encoding", BYTES],
  ["content-range", BYTES],
  ["accept-ranges", BYTES],
  ["content-md5", BYTES],
  ["content-digest", BYTES],
  ["repr-digest", BYTES],
  ["digest", BYTES],
  ["etag", VALIDATOR],
  ["last-modified", VALIDATOR],
  ["age", VALIDATOR],
  ["date", VALIDATOR],
  ["set-cookie", COOKIE],
  ["set-cookie2", COOKIE],
  ["clear-site-data", "it reaches the cookies and stores of other hosts below the same domain"],
  ["cache-status", GATEWAY],
  ["allow", GATEWAY],
  ["server-timing", GATEWAY],
  ["www-authenticate", "who may fetch an asset is its visibility, not a header"],
  ["proxy-authenticate", "who may fetch an asset is its visibility, not a header"],
  // On Netlify this asks for a password; here it would tell it to everyone.
  ["basic-auth", "passwords are not supported; make the asset protected instead"],
]);

/** Returns why no rule may set `name` to `value`, or null when one may. */
export function settingRefusal(name: string, value: string): string | null {
  const field = name.toLowerCase();
  const reserved = RESERVED.get(field);
  if (reserved) return `${name} cannot be set: ${reserved}`;
  if (field === "x-content-type-options" && value.toLowerCase() !== "nosniff") {
    return `${name} can only be nosniff`;
  }
  if (field === "vary" && value.includes("*")) return "Vary: * would make every copy useless";
  return null;
}

/** Returns why no rule may unset `name`, or null when one may. */
export function unsettingRefusal(name: string): string | null {
  const field = name.toLowerCase();
  const reserved = RESERVED.get(field);
  if (reserved) return `${name} cannot be unset: ${reserved}`;
  if (field === "content-type") return "Content-Type cannot be unset: every asset has one";
  if (field === "x-content-type-options") {
    return `${name} cannot be unset: without it a browser may run what is no script`;
  }
  return null;
}

/** Headers, in lower case, by which shared caches are told to keep what Cache-Control would not. */
const SHARED_CACHE_FIELDS = new Set([
  "cdn-cache-control",
  "cloudflare-cdn-cache-control",
  "surrogate-control",
]);

/**
 * Returns why a protected asset cannot be served with `name: value` (null: without `name`), or null
 * when it can. A shared cache that keeps a protected asset gives it to who has no signature.
 */
export function protectionRefusal(name: string, value: string | null): string | null {
  const field = name.toLowerCase();
  if (SHARED_CACHE_FIELDS.has(field) && value !== null) {
    return `${name} would let a shared cache keep a protected asset`;
  }
  if (field !== "cache-control") return null;
  if (value === null) return "Cache-Control cannot be unset on a protected asset";
  const directives = value
    .toLowerCase()
    .split(",")
    .map((directive) => directive.trim());
  const shared = directives.some(
    (directive) => directive === "public" || directive.startsWith("s-maxage"),
  );
  const kept = !directives.includes("private") && !directives.includes("no-store");
  if (!shared && !kept) return null;
  return `Cache-Control: ${value} would let a shared cache keep a protected asset; it must hold private or no-store, and neither public nor s-maxage`;
}
