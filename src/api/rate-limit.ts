import { ApiError } from "./errors.ts";

/** The period of API_RATE_LIMIT in wrangler.toml, seconds: past it, a client may go on. */
const PERIOD_SECONDS = 10;

/** Counts one call under `key`; throws 20429 past the limit. */
export async function limitRate(env: Env, key: string): Promise<void> {
  const { success } = await env.API_RATE_LIMIT.limit({ key });
  if (success) return;
  throw new ApiError(429, 20429, "Too many requests", { "Retry-After": String(PERIOD_SECONDS) });
}
