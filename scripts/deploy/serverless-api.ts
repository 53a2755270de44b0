import { basicAuthorization, type OperatorCredentials } from "../operator.ts";
import { request } from "../request.ts";

/** A Serverless API v1 and the account that calls it. */
export type ServerlessApi = OperatorCredentials & {
  /** Origin, without a path: `http://localhost:8787`. */
  url: string;
  /** PEM of a certificate authority to trust. */
  ca?: string | undefined;
};

/** A body as it is sent. */
export type EncodedBody = { contentType: string; bytes: Uint8Array };

/** What the API refused, in its own words. */
export class ApiFailure extends Error {
  readonly status: number;
  /** The API's words alone. */
  readonly reason: string;
  /** The field of that name (RFC 9110, 10.2.3), if there was one. */
  readonly retryAfter: string | undefined;

  constructor(status: number, message: string, reason = message, retryAfter?: string) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.retryAfter = retryAfter;
  }
}

/** How long the API may be silent, milliseconds. */
const PATIENCE = 120_000;

/** Calls the API, with a form or a multipart body if one is given, and returns the answer's JSON. */
export async function call<Resource>(
  api: ServerlessApi,
  method: "GET" | "POST",
  resource: string,
  body?: URLSearchParams | FormData | EncodedBody,
): Promise<Resource> {
  const encoded = body && (await encode(body));
  const answer = await request(
    resource.startsWith("http") ? resource : `${api.url}/v1${resource}`,
    {
      method,
      headers: {
        Authorization: basicAuthorization(api),
        ...(encoded && { "Content-Type": encoded.contentType }),
      },
      ...(encoded && { body: encoded.bytes }),
      ca: api.ca,
      timeout: PATIENCE,
    },
  );
  const json = parseJson(answer.body.toString());
  if (answer.status >= 300 || json === undefined) {
    const message = (json as { message?: string } | undefined)?.message ?? "no reason given";
    throw new ApiFailure(
      answer.status,
      `${method} ${resource}: ${answer.status}, ${message}`,
      message,
      answer.headers["retry-after"],
    );
  }
  return json as Resource;
}

/** Response knows how a form or a multipart body is written, and its Content-Type. */
async function encode(body: URLSearchParams | FormData | EncodedBody): Promise<EncodedBody> {
  if ("bytes" in body) return body;
  const response = new Response(body);
  return {
    contentType: response.headers.get("Content-Type") ?? "",
    bytes: new Uint8Array(await response.arrayBuffer()),
  };
}

/** Deletes a resource (`/Services/ZS…`) and returns the status of the answer: 204 when it is gone. */
export async function remove(api: ServerlessApi, resource: string): Promise<number> {
  const headers = { Authorization: basicAuthorization(api) };
  const options = { method: "DELETE", headers, ca: api.ca };
  return (await request(`${api.url}/v1${resource}`, options)).status;
}

/** Returns all rows of a list, page by page; `key` is what the API calls the list. */
export async function list<Row>(api: ServerlessApi, resource: string, key: string): Promise<Row[]> {
  type Page = { meta: { next_page_url: string | null } } & Record<string, unknown>;
  const rows: Row[] = [];
  let next: string | null = resource;
  while (next !== null) {
    const page: Page = await call<Page>(api, "GET", next);
    rows.push(...(page[key] as Row[]));
    next = page.meta.next_page_url;
  }
  return rows;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
