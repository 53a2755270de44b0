import { ApiError } from "./errors.ts";

/** The period of API_RATE_LIMIT in wrangler.toml, seconds: past it, a client may go on. */
const PERIOD_SECONDS = 10;

/** Counts one call under `key`; throws 20429 past the limit. */
export async function limitRate(env: Env, key: string): Promise<void> {
  const { success } = await env.API_RATE_LIMIT.limit({ key });
  if (success) return;
  throw tooMany();
}

/** Addresses that failed too often, and until when (milliseconds) they are refused unheard. */
const refused = new Map<string, number>();

/** The most addresses that an isolate remembers. */
const MAX_REFUSED = 10_000;

/** Counts one failed authentication of a client's address, if known; throws 20429 past the limit. */
export async function limitFailures(env: Env, address: string | null): Promise<void> {
  try {
    await limitRate(env, `address:${address ?? "unknown"}`);
  } catch (error) {
    if (address === null) throw error;
    if (refused.size >= MAX_REFUSED) refused.delete(refused.keys().next().value as string);
    refused.set(address, Date.now() + PERIOD_SECONDS * 1000);
    throw error;
  }
}

/** Throws 20429 for an address that has failed too often: it costs no look-up any more. */
export function refuseFailed(address: string | null): void {
  const until = address === null ? undefined : refused.get(address);
  if (address === null || until === undefined) return;
  if (until > Date.now()) throw tooMany();
  refused.delete(address);
}

function tooMany(): ApiError {
  return new ApiError(429, 20429, "Too many requests", { "Retry-After": String(PERIOD_SECONDS) });
}
