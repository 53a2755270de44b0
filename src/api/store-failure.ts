import { type ApiError, unavailable } from "./errors.ts";

/**
 * Returns the 503 for an error that D1, KV or R2 threw because it does not work now; null for every
 * other error. D1 calls a value that it cannot bind D1_TYPE_ERROR: that is a bug of ours, and a 500.
 */
export function storeFailure({ message }: Error): ApiError | null {
  if (/^D1_\w+: no such table/.test(message)) {
    return unavailable("The database has no tables: run wrangler d1 migrations apply DB");
  }
  if (/^D1_(?!TYPE_ERROR)/.test(message)) {
    return unavailable("The database does not answer now: try again");
  }
  // KV: "KV PUT failed: 500 …"; R2: "put: Unspecified error (0)".
  if (/^KV \w+ failed/.test(message) || /^\w+: .*\(\d+\)$/.test(message)) {
    return unavailable("The store does not answer now: try again");
  }
  return null;
}
