import type { AuthTokenSource } from "./auth-tokens.ts";
import type { Reason } from "./errors.ts";
import type { Background } from "./kv-memo.ts";
import { isValidSignature } from "./signature.ts";

/** Twilio's own webhooks have a few KB; a body is read only to check its signature. */
export const SIGNED_BODY_LIMIT = 64 * 1024;

export type Admission = { admitted: true } | { admitted: false; reason: Reason; detail?: unknown };

/**
 * Whether `request` may have a protected asset of `accountSid`: its X-Twilio-Signature must be made
 * with that account's token over the request as it arrived. A request without a signature costs no
 * look-up and no body.
 */
export async function admit(
  request: Request,
  accountSid: string,
  source: AuthTokenSource,
  kv: KVNamespace,
  ctx: Background,
): Promise<Admission> {
  const signature = request.headers.get("x-twilio-signature");
  if (signature === null) return { admitted: false, reason: "signature-missing" };
  const body = await boundedBody(request);
  if (body === null) return { admitted: false, reason: "body-too-large" };
  const lookup = await source.find(accountSid, kv, ctx);
  if (lookup.outcome === "unavailable") {
    return { admitted: false, reason: "tokens-unavailable", detail: lookup.error };
  }
  if (lookup.outcome === "absent") {
    return { admitted: false, reason: "account-unknown", detail: accountSid };
  }
  const valid = await isValidSignature(signature, lookup.tokens, {
    url: request.url,
    host: request.headers.get("host"),
    contentType: request.headers.get("content-type"),
    body,
  });
  return valid ? { admitted: true } : { admitted: false, reason: "signature-invalid" };
}

const NO_BYTES = new Uint8Array();

/** The request's body, or null when it has more than SIGNED_BODY_LIMIT bytes. */
async function boundedBody(request: Request): Promise<Uint8Array | null> {
  if (request.method !== "POST" || request.body === null) return NO_BYTES;
  if (Number(request.headers.get("content-length")) > SIGNED_BODY_LIMIT) return null;
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = (request.body as ReadableStream<Uint8Array>).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > SIGNED_BODY_LIMIT) {
      await reader.cancel().catch(() => {});
      return null;
    }
    chunks.push(value);
  }
  const body = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return body;
}
