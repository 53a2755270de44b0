import {
  ApiFailure,
  call,
  type EncodedBody,
  list,
  type ServerlessApi,
} from "../deploy/serverless-api.ts";
import type { OperatorCredentials } from "../operator.ts";
import { ImportFailure, sentence } from "./failure.ts";
import { type Patience, withRetries } from "./retry.ts";

/** The Ringback that services come to: its API, and the limits it tells. */
export type TargetApi = ServerlessApi & { patience: Patience; limits: Record<string, number> };

/**
 * Returns the API at `url` for the first of `candidates` that it takes. Throws ImportFailure where
 * nothing answers there, where it is no Ringback, and where it takes none of them.
 */
export async function openTarget(
  url: string,
  candidates: OperatorCredentials[],
  patience: Patience,
): Promise<TargetApi> {
  for (const credentials of candidates) {
    const api = { url, ...credentials };
    try {
      const { limits } = await call<{ limits: Record<string, number> }>(api, "GET", "/Usage");
      return { ...api, patience, limits };
    } catch (error) {
      if (error instanceof ApiFailure && error.status === 401) continue;
      if (error instanceof ApiFailure) {
        throw new ImportFailure(
          error.status >= 500 || error.status === 429
            ? `${url} answers ${error.status}: ${error.reason}. Run this again later.`
            : `${url} answers ${error.status}, and not as a Ringback does. --to names another address.`,
        );
      }
      throw new ImportFailure(
        `Nothing answers at ${url} (${sentence(error)}).\n` +
          "Start a Ringback with `npm start`, or say where it is: --to https://example.net",
      );
    }
  }
  throw new ImportFailure(
    `${url} does not take these credentials. Set RINGBACK_ACCOUNT_SID and RINGBACK_AUTH_TOKEN to\n` +
      "those of its operator, or of an account that `npm run account -- add` has made there.",
  );
}

/** Reads a resource. */
export function read<Resource>(api: TargetApi, resource: string): Promise<Resource> {
  return withRetries(() => call<Resource>(api, "GET", resource), api.patience);
}

/** Reads a list to its last page. */
export function readAll<Row>(api: TargetApi, resource: string, key: string): Promise<Row[]> {
  return withRetries(() => list<Row>(api, `${resource}?PageSize=1000`, key), api.patience);
}

/** Changes a resource to what `fields` say: twice does no more than once. */
export function change<Resource>(
  api: TargetApi,
  resource: string,
  fields: Record<string, string>,
): Promise<Resource> {
  const body = new URLSearchParams(fields);
  return withRetries(() => call<Resource>(api, "POST", resource, body), api.patience);
}

/**
 * Makes a resource. A call that failed may have made it all the same: before it is made again,
 * `find` looks for it.
 */
export function create<Resource>(
  api: TargetApi,
  resource: string,
  body: URLSearchParams | EncodedBody,
  find: () => Promise<Resource | undefined>,
): Promise<Resource> {
  return withRetries(async (failed) => {
    const made = failed === 0 ? undefined : await find();
    return made ?? call<Resource>(api, "POST", resource, body);
  }, api.patience);
}
