import { type ApiError, unavailable } from "./errors.ts";

/**
 * Returns the 503 for an error that D1, KV or R2 threw because it does not work now; null for every
 * other error. D1 calls a wrong binding D1_TYPE_ERROR: that is a bug of ours and stays a 500.
 */
export function storeFailure(error: Error): ApiError | null {
  if (/^D1_(?!TYPE_ERROR)/.test(error.message)) {
    return unavailable("The database does not answer now; nothing was changed by this call");
  }
  if (/^(KV )?(GET|PUT|DELETE|HEAD) ?(request )?failed/i.test(error.message)) {
    return unavailable("The store does not answer now; try again");
  }
  return null;
}
