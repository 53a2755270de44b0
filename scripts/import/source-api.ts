import twilio from "twilio";
import type { OperatorCredentials } from "../operator.ts";
import { ImportFailure } from "./failure.ts";
import { PATIENCE, type Patience, withRetries } from "./retry.ts";

export type SourceApi = ReturnType<typeof twilio>;

type Request<Data> = Parameters<typeof twilio.RequestClient.prototype.request<Data>>[0];
// biome-ignore lint/suspicious/noExplicitAny: as Twilio's package has it.
type Response<Data> = { statusCode: number; headers: any; body: Data };

/** What every request of Twilio's client passes through. */
class RetryingClient extends twilio.RequestClient {
  readonly #fromUrl: string | null;
  readonly #patience: Patience;

  constructor(fromUrl: string | null, patience: Patience) {
    super({ timeout: 60_000 });
    this.#fromUrl = fromUrl;
    this.#patience = patience;
  }

  override async request<Data>(options: Request<Data>): Promise<Response<Data>> {
    const uri = this.#fromUrl === null ? options.uri : elsewhere(options.uri, this.#fromUrl);
    let last: Response<Data> | null = null;
    try {
      return await withRetries(async () => {
        last = null;
        last = await super.request<Data>({ ...options, uri });
        const { statusCode: status, headers } = last;
        const retryAfter: string | undefined = headers?.["retry-after"];
        if (status !== 429 && status < 500) return last;
        throw Object.assign(new Error(`HTTP ${status}`), { status, retryAfter });
      }, this.#patience);
    } catch (error) {
      // Twilio's client itself says what an answer is, once nothing better came.
      if (last !== null) return last;
      throw error;
    }
  }
}

/**
 * Returns Twilio's own client for an account. With `fromUrl` (an origin) another server plays Twilio:
 * the host of each API becomes the first segment of the path, `/serverless.twilio.com/v1/Services`.
 */
export function sourceApi(
  { accountSid, authToken }: OperatorCredentials,
  fromUrl: string | null,
  patience: Patience = PATIENCE,
): SourceApi {
  return twilio(accountSid, authToken, {
    httpClient: new RetryingClient(fromUrl, patience),
    // Whoever deploys to Ringback has TWILIO_EDGE lead there (docs/clients.md).
    edge: "",
    region: "",
  });
}

function elsewhere(uri: string, fromUrl: string): string {
  const { hostname, pathname, search } = new URL(uri);
  return hostname.endsWith(".twilio.com") ? `${fromUrl}/${hostname}${pathname}${search}` : uri;
}

/** Returns what a call of Twilio's client failed with as a sentence. */
export function sourceFailure(error: unknown, what: string, from: string): ImportFailure {
  const { status, message, code } = error as { status?: number; message: string; code?: unknown };
  if (error instanceof ImportFailure) return error;
  if (status === 401 || status === 403) {
    return new ImportFailure(
      `Twilio does not take these credentials (HTTP ${status}): the token is not that of ${from}.`,
    );
  }
  if (status === 404) {
    return new ImportFailure(
      `Twilio does not have ${what} any more (404): was it deleted meanwhile?`,
    );
  }
  if (status === 429) {
    return new ImportFailure(
      `Twilio takes no more requests for now (429, ${what}). Run this again in a minute: it goes on\n` +
        "where it was.",
    );
  }
  if (status !== undefined) {
    return new ImportFailure(
      `Twilio answers ${status} for ${what}: ${message}.${status >= 500 ? " Run this again later." : ""}`,
    );
  }
  return new ImportFailure(`Twilio cannot be reached for ${what}: ${message || code}`);
}
