/**
 * The spellings of a URL that Twilio can have signed. Twilio signs the URL as its customer wrote it;
 * what arrives here went through its HTTP client, perhaps a proxy, and the runtime, each of which may
 * have normalised it. A signature over any one of these spellings proves the token, so every one is
 * tried; none of them names another resource than the request does.
 */

/**
 * Yields the candidates for `url` (as received), most likely first, each once. `host` is the Host
 * header, tried in its own spelling where it differs from the URL's in case alone.
 *
 * Forms, as the SDKs disagree (contract section 3): as received, WHATWG-normalised, with raw
 * apostrophes, with raw non-ASCII, as typed before a URL parser escaped it, and with the query
 * re-encoded by Node's old `querystring`; each with a port (its own, else the scheme's) and without
 * one, and `/` also as no path at all (RFC 9110 4.2.3). Last of all with `https`, where the request
 * arrived by `http`: what ends TLS in front of a local gateway, a tunnel, passes the scheme on to
 * nobody, and a signature for the encrypted URL names no other resource than this one.
 */
export function* signedUrlCandidates(url: string, host: string | null): Generator<string> {
  // Nearly every signature is made over this one: whoever stops here has paid for no other.
  const first = withHostSpelling(url, host);
  yield first;
  yield* otherCandidates(url, first);
  if (!url.startsWith("http://")) return;
  const encrypted = `https${url.slice("http".length)}`;
  const received = withHostSpelling(encrypted, host);
  yield received;
  yield* otherCandidates(encrypted, received);
}

function* otherCandidates(url: string, received: string): Generator<string> {
  const tried = new Set<string>().add(received);
  for (const form of new Set(spellings(url, received))) {
    for (const candidate of asAddressed(form)) {
      if (tried.has(candidate)) continue;
      tried.add(candidate);
      yield candidate;
    }
  }
}

/**
 * A lower-case host, then characters that no parser or encoder writes in another way, and in the query
 * an equals sign in each pair, where the legacy form has one. Each character has one place to match:
 * a run of question marks must not take time that grows with its square.
 */
const PLAIN_URL =
  /^https?:\/\/[a-z0-9\-._~:]+(?:\/[\w\-.~:/]*)?(?:\?[\w\-.~:/?]*=[\w\-.~:/?=]*(?:&[\w\-.~:/?]*=[\w\-.~:/?=]*)*)?$/;

function* spellings(url: string, received: string): Generator<string> {
  yield received;
  if (received !== url) yield url;
  if (PLAIN_URL.test(url)) return;
  const normalised = URL.canParse(url) ? new URL(url).href : url;
  yield normalised;
  for (const form of [received, normalised]) {
    const legacy = legacyQuery(form);
    yield form.replaceAll("%27", "'");
    yield decodeNonAscii(form);
    yield asTyped(form);
    yield legacy;
    yield decodeNonAscii(legacy);
  }
}

/** Scheme, host (with what stands before an `@`), port, and the slash of a path that is no more. */
const AUTHORITY =
  /^(https?):\/\/((?:[^@/?#]*@)?(?:\[[^\]]*\]|[^:/?#[\]]*))(?::(\d*))?(\/(?=\?|$))?/i;

/** `form` as it is addressed, then with its port taken away or the scheme's added. */
function asAddressed(form: string): string[] {
  const match = AUTHORITY.exec(form);
  if (match === null) return [form];
  const [address, scheme, host, port, slash] = match;
  const rest = form.slice(address.length);
  const bare = `${scheme}://${host}`;
  const ported = `${bare}:${port || (scheme?.toLowerCase() === "https" ? "443" : "80")}`;
  const addresses = port ? [ported, bare] : [bare, ported];
  return slash === undefined
    ? addresses.map((base) => base + rest)
    : addresses.flatMap((base) => [`${base}/${rest}`, base + rest]);
}

function withHostSpelling(url: string, host: string | null): string {
  if (host === null) return url;
  const start = url.indexOf("://") + 3;
  const received = url.slice(start, start + host.length);
  if (received === host || received.toLowerCase() !== host.toLowerCase()) return url;
  return url.slice(0, start) + host + url.slice(start + host.length);
}

/** `%C3%A9` → `é`: what a customer typed who wrote the URL in Unicode. */
function decodeNonAscii(url: string): string {
  return url.replace(/(?:%[89A-F][0-9A-F])+/gi, (escaped) => {
    try {
      return decodeURIComponent(escaped);
    } catch {
      return escaped;
    }
  });
}

/**
 * Undoes what a WHATWG parser escapes on its way: non-ASCII everywhere, white space, quotes and angle
 * brackets, in the query the apostrophe and in the path the rest of its percent-encode set.
 */
function asTyped(url: string): string {
  const question = url.indexOf("?");
  const path = question === -1 ? url : url.slice(0, question);
  const query = question === -1 ? "" : url.slice(question);
  const decoded =
    path.replace(/%(?:20|22|3C|3E|5E|60|7B|7D)/gi, decodeURIComponent) +
    query.replace(/%(?:20|22|27|3C|3E)/gi, decodeURIComponent);
  return decodeNonAscii(decoded);
}

/**
 * `querystring.stringify(querystring.parse(query))` of Node, which older SDKs put the query through:
 * `+` turns to `%20`, `'` stays raw, equal names move together, names that are integers come first.
 */
function legacyQuery(url: string): string {
  const question = url.indexOf("?");
  if (question === -1) return url;
  const parsed: Record<string, string[]> = Object.create(null);
  for (const pair of url.slice(question + 1).split("&")) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const name = decodeComponent(equals === -1 ? pair : pair.slice(0, equals));
    const values = parsed[name] ?? [];
    values.push(equals === -1 ? "" : decodeComponent(pair.slice(equals + 1)));
    parsed[name] = values;
  }
  const query = Object.keys(parsed).flatMap((name) =>
    (parsed[name] as string[]).map((value) => `${encodeComponent(name)}=${encodeComponent(value)}`),
  );
  return `${url.slice(0, question)}?${query.join("&")}`;
}

function decodeComponent(text: string): string {
  const spaced = text.replaceAll("+", " ");
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

function encodeComponent(text: string): string {
  return text.isWellFormed() ? encodeURIComponent(text) : text;
}
