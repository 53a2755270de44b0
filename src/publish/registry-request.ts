import { isLoopback, type RegistryPlace } from "../functions/build/registry-settings.ts";

/** The registry that `url` is of: the one with the longest address where several fit. */
export function placeAt(places: RegistryPlace[], url: string): RegistryPlace | undefined {
  // As the runtime reads it: no dot segment is left by which it could lead elsewhere.
  const { href } = new URL(url);
  return places
    .filter(({ address }) => href.startsWith(address))
    .sort((a, b) => b.address.length - a.address.length)[0];
}

/** Asks a registry at its own address, with its token, and follows nothing. */
export function fetchOwn(
  url: string,
  { token }: RegistryPlace,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Response> {
  const authorization = token === null ? {} : { authorization: `Bearer ${token}` };
  const init = { headers: { ...headers, ...authorization }, redirect: "manual", signal } as const;
  return fetch(new Request(url, init));
}

/** Registries that keep tarballs elsewhere send there once, or twice. */
const REDIRECTS = 3;

/**
 * Asks for a tarball, and follows to where the registry keeps it: its checksum is known, so that it does not
 * matter who sends it. A token is the registry's own: it goes no further than that.
 */
export async function fetchTarball(
  url: string,
  place: RegistryPlace,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Response> {
  let response = await fetchOwn(url, place, headers, signal);
  let at = url;
  for (let count = 0; count < REDIRECTS; count++) {
    if (![301, 302, 303, 307, 308].includes(response.status)) return response;
    const target = URL.parse(response.headers.get("location") ?? "", at);
    if (target === null || !mayFollow(target, place)) return response;
    await response.body?.cancel();
    at = target.href;
    response = at.startsWith(place.address)
      ? await fetchOwn(at, place, headers, signal)
      : await fetch(new Request(at, { headers, redirect: "manual", signal }));
  }
  return response;
}

/** A name of the public internet, by how it is spelled: no address, nothing of one label. */
const PUBLIC_NAME = /^(?!.*\.(?:localhost|local|internal|test)$)(?:[a-z\d-]+\.)+[a-z][a-z\d-]*$/i;

/** To the public internet by HTTPS; from a registry on this machine also to this machine. */
function mayFollow(target: URL, { address }: RegistryPlace): boolean {
  if (target.username || target.password) return false;
  if (target.protocol === "https:") return PUBLIC_NAME.test(target.hostname);
  const local = isLoopback(new URL(address).hostname) && isLoopback(target.hostname);
  return target.protocol === "http:" && local;
}
