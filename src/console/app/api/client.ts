import type { PageMeta } from "../../../api/representations.ts";
import {
  basicAuthorization,
  currentSession,
  renewedSession,
  SignedOut,
} from "../session/session.ts";
import { ApiFailure, ConnectionLost } from "./failures.ts";

export type Form = Record<string, string | string[] | boolean | undefined>;

/** How often a call that was refused with 429, which is "always safe to retry", is sent again. */
const RATE_LIMIT_RETRIES = 4;
const LARGEST_PAGE = 1000;

/** Fetches the resource at `path` (`/v1/…`). */
export async function get<Resource>(path: string, signal?: AbortSignal): Promise<Resource> {
  return (await send("GET", path, undefined, signal)).json() as Promise<Resource>;
}

/** Creates or updates with a form, as Twilio's clients do; fields that are undefined are left out. */
export async function post<Resource>(
  path: string,
  form: Form,
  { keepalive = false } = {},
): Promise<Resource> {
  const body = encoded(form);
  // What outlives the page may be 64 KiB at most (Fetch, 4.6).
  const lasts = keepalive && String(body).length < 60_000;
  const response = await send("POST", path, body, undefined, lasts);
  return response.json() as Promise<Resource>;
}

/** Deletes the resource at `path`; one that is gone already is as good. */
export async function remove(path: string, options: { keepalive?: boolean } = {}): Promise<void> {
  try {
    await send("DELETE", path, undefined, undefined, options.keepalive);
  } catch (error) {
    if (!(error instanceof ApiFailure && error.status === 404)) throw error;
  }
}

/** Fetches the list at `path` whole, page after page. */
export async function list<Resource>(
  path: string,
  key: string,
  signal?: AbortSignal,
): Promise<Resource[]> {
  const resources: Resource[] = [];
  let next: string | null = `${path}?PageSize=${LARGEST_PAGE}`;
  while (next !== null) {
    const page: { meta: PageMeta } & Record<string, unknown> = await get(next, signal);
    resources.push(...(page[key] as Resource[]));
    next = localPath(page.meta.next_page_url);
  }
  return resources;
}

/** Fetches one page of the list at `path`: its newest `size` resources. */
export async function firstPage<Resource>(
  path: string,
  key: string,
  size: number,
  signal?: AbortSignal,
): Promise<Resource[]> {
  const page: Record<string, unknown> = await get(`${path}?PageSize=${size}`, signal);
  return page[key] as Resource[];
}

/**
 * Fetches the list at `path`, newest first, as far as something that is `known`, or until there are
 * `most` of them.
 */
export async function listUntil<Resource>(
  path: string,
  key: string,
  query: Record<string, string>,
  { known, most }: { known: (resource: Resource) => boolean; most: number },
  signal?: AbortSignal,
): Promise<Resource[]> {
  const resources: Resource[] = [];
  let next: string | null = `${path}?${new URLSearchParams({ PageSize: "200", ...query })}`;
  while (next !== null && resources.length < most) {
    const page: { meta: PageMeta } & Record<string, unknown> = await get(next, signal);
    const found = page[key] as Resource[];
    resources.push(...found);
    next = found.some(known) ? null : localPath(page.meta.next_page_url);
  }
  return resources;
}

/** Fetches bytes; the caller reads or cancels the body. */
export function getContent(path: string, signal?: AbortSignal): Promise<Response> {
  return send("GET", path, undefined, signal);
}

/** The page's own origin is the API's: an absolute URL in an answer is followed by its path. */
function localPath(url: string | null): string | null {
  if (url === null) return null;
  const { pathname, search } = new URL(url);
  return pathname + search;
}

function encoded(form: Form): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(form)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [String(value)]) parameters.append(name, one);
  }
  return parameters;
}

/**
 * Sends a request until it is answered: after 401 it waits for the person to sign in again, after 429
 * as long as the API asks. Throws ApiFailure, ConnectionLost, SignedOut, or the signal's AbortError.
 */
async function send(
  method: string,
  path: string,
  body?: URLSearchParams,
  signal?: AbortSignal,
  keepalive = false,
): Promise<Response> {
  for (let refusals = 0; ; ) {
    const session = currentSession();
    if (session.state === "signed-out") throw new SignedOut();
    const response = await fetch(path, {
      method,
      headers: { Authorization: basicAuthorization(session.credentials) },
      credentials: "omit",
      redirect: "error",
      keepalive,
      ...(body ? { body } : {}),
      ...(signal ? { signal } : {}),
    }).catch((error: unknown) => {
      throw signal?.aborted ? error : new ConnectionLost();
    });
    if (response.ok) return response;
    const text = await response.text().catch(() => "");
    const failure = new ApiFailure(response.status, text, (name) => response.headers.get(name));
    if (failure.status === 401) await renewedSession(session.credentials);
    else if (failure.status === 429 && refusals++ < RATE_LIMIT_RETRIES) {
      await pause((failure.retryAfter ?? 2 ** refusals) * 1000);
    } else throw failure;
  }
}

/** Resolves after `milliseconds`. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
