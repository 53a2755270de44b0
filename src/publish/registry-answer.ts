import type { RegistryPlace } from "../functions/build/registry-settings.ts";
import { configuredRegistries } from "./registry-address.ts";
import { keptDocument } from "./registry-documents.ts";
import { fetchOwn, fetchTarball, placeAt } from "./registry-request.ts";

/**
 * Answers what a builder asks for: a document, out of the cache while it is good, or a tarball. 403 for what
 * is not in a registry of the configuration.
 */
export async function answerFromRegistry(
  request: Request,
  env: Env,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<Response> {
  const registries = configuredRegistries(env);
  const place = registries.ok ? placeAt(registries.places, request.url) : undefined;
  if (place === undefined || request.method !== "GET") return new Response(null, { status: 403 });
  const { signal, url } = request;
  const accept = request.headers.get("accept") ?? "*/*";
  if (!accept.includes("npm.install")) return fetchTarball(url, place, { accept }, signal);
  const anew = request.headers.get("cache-control") === "no-cache";
  const store = {
    cache: await caches.open("ringback-npm"),
    key: await keyOf(env, place, url),
    now: Date.now(),
    waitUntil,
  };
  return keptDocument(store, anew, (etag) => {
    const conditional = etag === null ? {} : { "if-none-match": etag };
    return fetchOwn(url, place, { accept, ...conditional }, signal);
  });
}

/** What only this installation can name, so that nobody else can have put anything there. */
async function keyOf(env: Env, { address, token }: RegistryPlace, url: string): Promise<string> {
  const parts = JSON.stringify([env.ENCRYPTION_KEY, token, address, url]);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(parts));
  const name = new Uint8Array(digest).toHex();
  return `https://${env.BASE_DOMAIN || "ringback.invalid"}/.npm/${name}`;
}
