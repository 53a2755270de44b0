import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { handleControlPlane } from "../../src/api/app.ts";

export const BASE = "http://localhost:8787";

/** The operator's credentials, as vitest.config.ts sets them. */
export const OPERATOR = { username: env.TWILIO_ACCOUNT_SID, password: env.TWILIO_AUTH_TOKEN };

export type Credentials = { username: string; password: string };

/** A form: a list is sent as repeated keys. */
export type Form = Record<string, string | string[]>;

// biome-ignore lint/suspicious/noExplicitAny: tests read answers that are checked field by field.
export type Answer = { status: number; headers: Headers; text: string; body: any };

/** The Authorization value of HTTP Basic. */
export function basic({ username, password }: Credentials): string {
  return `Basic ${new TextEncoder().encode(`${username}:${password}`).toBase64()}`;
}

export function formBody(form: Form): string {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(form)) {
    for (const item of [value].flat()) body.append(name, item);
  }
  return body.toString();
}

/** Makes the request that a Twilio client makes for `path` (below /v1, or an absolute URL). */
export function apiRequest(
  method: string,
  path: string,
  form?: Form,
  credentials: Credentials = OPERATOR,
): Request {
  const url = path.startsWith("http") ? path : `${BASE}/v1${path}`;
  const headers = new Headers({ Authorization: basic(credentials), Accept: "application/json" });
  if (!form) return new Request(url, { method, headers });
  headers.set("Content-Type", "application/x-www-form-urlencoded");
  return new Request(url, { method, headers, body: formBody(form) });
}

/** Sends a request to the Worker and reads its answer. */
export async function send(request: Request): Promise<Answer> {
  return readAnswer(await exports.default.fetch(request));
}

/** Answers `request` as the Worker would with other bindings or settings. */
export async function callWith(changes: Record<string, unknown>, request: Request) {
  const changed = { ...env, ...changes } as Env;
  const ctx = createExecutionContext();
  const answer = await readAnswer(await handleControlPlane(request, changed, ctx, () => {}));
  await waitOnExecutionContext(ctx);
  return answer;
}

async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  const json = response.headers.get("Content-Type")?.startsWith("application/json") ?? false;
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: json && text !== "" ? JSON.parse(text) : null,
  };
}

/** Calls the API: `call("POST", "/Services", { UniqueName: "shop", … })`. */
export function call(
  method: string,
  path: string,
  form?: Form,
  credentials?: Credentials,
): Promise<Answer> {
  return send(apiRequest(method, path, form, credentials));
}

/** Adds a service and returns it. */
export async function addService(uniqueName: string, credentials?: Credentials) {
  const form = { UniqueName: uniqueName, FriendlyName: uniqueName };
  const { status, body, text } = await call("POST", "/Services", form, credentials);
  if (status !== 201) throw new Error(text);
  return body;
}

/** Adds an environment to a service and returns it. */
export async function addEnvironment(serviceSid: string, form: Form, credentials?: Credentials) {
  const path = `/Services/${serviceSid}/Environments`;
  const { status, body, text } = await call("POST", path, form, credentials);
  if (status !== 201) throw new Error(text);
  return body;
}

/** Adds a subaccount and returns the credentials of it. */
export async function addAccount(friendlyName: string): Promise<Credentials> {
  const { status, body, text } = await call("POST", "/Accounts", { FriendlyName: friendlyName });
  if (status !== 201) throw new Error(text);
  return { username: body.sid, password: body.auth_token };
}
