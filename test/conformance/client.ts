import { createExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import worker from "../../src/worker.ts";

/** An answer as a table can write it down: what a client can see of it, and all of that. */
export type Answer = { status: number; headers: Headers; body: string };

/** Sends a request through the Worker's front door; `fetch` parses and normalises the URL. */
export async function send(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await exports.default.fetch(url, { redirect: "manual", ...init });
  return { status: response.status, headers: response.headers, body: await textOf(response) };
}

/**
 * Hands the Worker a request whose URL and method are `url` and `method` to the letter, as the runtime
 * does with a request target off the wire: `fetch` would resolve `..`, turn `\` into `/` and drop
 * `user@` on its way, and has no TRACE.
 */
export async function receive(url: string, init: RequestInit = {}): Promise<Answer> {
  const { method, ...rest } = init;
  const stand = method === undefined || init.body == null ? "GET" : "POST";
  const request = new Request("http://replaced.invalid/", { ...rest, method: stand });
  Object.defineProperty(request, "url", { value: url });
  if (method !== undefined) Object.defineProperty(request, "method", { value: method });
  const ctx = createExecutionContext();
  const response = await worker.fetch(
    request as Parameters<typeof worker.fetch>[0],
    env as Env,
    ctx,
  );
  // What goes on behind the answer, such as the second for which its record is held, is not waited for.
  return { status: response.status, headers: response.headers, body: await textOf(response) };
}

/** Reads the bytes, whatever they say they are, as UTF-8. */
async function textOf(response: Response): Promise<string> {
  return new TextDecoder().decode(await response.arrayBuffer());
}

/** The fields of an answer without those that differ between two equal answers. */
export function lastingFields(headers: Headers, ...without: string[]): Record<string, string> {
  const fields = Object.fromEntries(headers);
  for (const name of ["date", "x-request-id", ...without]) delete fields[name];
  return fields;
}
