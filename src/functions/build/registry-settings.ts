/** What an installation's configuration says of npm's registries; all of it may be left out. */
export type RegistrySettings = {
  /** The registry of all packages. */
  NPM_REGISTRY?: string;
  /** Its token, a secret. */
  NPM_TOKEN?: string;
  /** Lines as in npm's own .npmrc: registries of scopes, and tokens; a secret where it has one. */
  NPMRC?: string;
};

export type RegistryPlace = {
  /** `@acme`; null for all packages that no scope's registry has. */
  scope: string | null;
  /** With a slash at its end. */
  address: string;
  token: string | null;
};

export type RegistryPlaces = { ok: true; places: RegistryPlace[] } | { ok: false; fault: string };

/**
 * Returns where packages come from, the registry of all that have no other first; `otherwise` where the
 * settings name none. Returns a sentence instead, which holds no token, for what is no such setting.
 */
export function registryPlaces(settings: RegistrySettings, otherwise: string): RegistryPlaces {
  const lines = npmrcLines(settings.NPMRC ?? "", settings.NPM_TOKEN ?? "");
  const named = settings.NPM_REGISTRY || lines.registries.get("") || otherwise;
  const places: RegistryPlace[] = [];
  for (const [scope, text] of [["", named] as const, ...lines.registries]) {
    if (scope === "" && places.length > 0) continue;
    const read = readAddress(text);
    const name = scope !== "" ? `${scope}:registry in NPMRC` : "NPM_REGISTRY";
    if (!read.ok) return { ok: false, fault: `${name} ${read.fault}` };
    const ofAll = scope === "" ? settings.NPM_TOKEN || null : null;
    const token = tokenFor(read.address, lines.tokens) ?? ofAll;
    if (token !== null && !/^[\x21-\x7e]+$/.test(token)) {
      return { ok: false, fault: `The token of ${read.address} has characters that no token has` };
    }
    places.push({ scope: scope || null, address: read.address, token });
  }
  return { ok: true, places };
}

/** The place that has a package of this name. */
export function placeOf<Place extends { scope: string | null }>(
  places: Place[],
  name: string,
): Place | undefined {
  const scope = name.startsWith("@") ? name.slice(0, name.indexOf("/")) : null;
  return (
    places.find((place) => place.scope === scope) ?? places.find(({ scope }) => scope === null)
  );
}

type Address = { ok: true; address: string } | { ok: false; fault: string };

/** HTTPS, since a registry names the code that runs, and what is asked for it may hold a token. */
function readAddress(text: string): Address {
  const url = URL.parse(text.endsWith("/") ? text : `${text}/`);
  const quoted = JSON.stringify(text.replace(/\/\/[^/@]*@/, "//…@"));
  if (url === null) return { ok: false, fault: `is ${quoted}, which is no address` };
  if (url.username || url.password) {
    return { ok: false, fault: `is ${quoted}: put the token into the secret NPM_TOKEN` };
  }
  if (url.search || url.hash) {
    return { ok: false, fault: `is ${quoted}: an address has no ? and no #` };
  }
  const secure =
    url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname));
  if (!secure) return { ok: false, fault: `is ${quoted}: an address has to begin with https://` };
  return { ok: true, address: url.href };
}

export function isLoopback(hostname: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

type NpmrcLines = { registries: Map<string, string>; tokens: Map<string, string> };

/** Of a .npmrc what counts here: `@scope:registry=…`, `registry=…` and `//host/path/:_authToken=…`. */
function npmrcLines(text: string, token: string): NpmrcLines {
  const lines: NpmrcLines = { registries: new Map(), tokens: new Map() };
  const entries = text
    .replaceAll("\\n", "\n")
    .replaceAll(/[ \t]*=[ \t]*/g, "=")
    .split(/\s+/);
  for (const entry of entries) {
    const [, key = "", raw = ""] = /^([^=]+)=(.*)$/.exec(entry) ?? [];
    const value = raw.replace(/^"(.*)"$/, "$1").replaceAll(/\$\{NPM_TOKEN\}/g, () => token);
    const scope = /^(?:(@[^/:]+):)?registry$/.exec(key);
    if (scope !== null) lines.registries.set(scope[1] ?? "", value);
    const host = /^(\/\/.+?)\/?:_authToken$/.exec(key)?.[1];
    if (host !== undefined && value !== "") lines.tokens.set(`${host}/`, value);
  }
  return lines;
}

/** As npm does: the token of the longest part of the address that has one. */
function tokenFor(address: string, tokens: Map<string, string>): string | null {
  const plain = address.slice(address.indexOf("//"));
  const [nearest] = [...tokens]
    .filter(([prefix]) => plain.startsWith(prefix))
    .sort(([a], [b]) => b.length - a.length);
  return nearest?.[1] ?? null;
}
