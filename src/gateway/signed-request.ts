import { type BodyBounds, readBoundedBody } from "../contract/bounded-body.ts";
import type { AuthTokenSource } from "./auth-tokens.ts";
import type { Reason } from "./errors.ts";
import type { Background } from "./kv-memo.ts";
import { isValidSignature } from "./signature.ts";

/** Twilio's own webhooks have a few KB; a body is read only to check its signature. */
export const SIGNED_BODY_LIMIT = 64 * 1024;

export type Admission =
  | { admitted: true; body: Uint8Array }
  | {
      admitted: false;
      reason: Reason;
      detail?: unknown;
      /** Finds out why the signature is wrong, given the deployment's other hostnames. */
      explain?: (hostnames: string[]) => Promise<string>;
    };

const NO_BYTES: Uint8Array = new Uint8Array();

/** Where an account's tokens are found. */
export type AdmissionSources = { tokens: AuthTokenSource; kv: KVNamespace };

/**
 * Whether `request` may have what `accountSid` protects: its X-Twilio-Signature must be made with
 * that account's token over the request as it arrived. A request without a signature costs no
 * look-up and no body; one that is read stays within `bounds`, and none is where they are null.
 */
export async function admit(
  request: Request,
  accountSid: string,
  { tokens, kv }: AdmissionSources,
  bounds: BodyBounds | null,
  ctx: Background,
): Promise<Admission> {
  const signature = request.headers.get("x-twilio-signature");
  if (signature === null) return { admitted: false, reason: "signature-missing" };
  let body = NO_BYTES;
  if (bounds !== null) {
    const read = await readBoundedBody(request, bounds);
    if (!read.ok) return { admitted: false, reason: read.reason };
    body = read.body;
  }
  const found = tokens.find(accountSid, kv, ctx);
  const lookup = found instanceof Promise ? await found : found;
  if (lookup.outcome === "unavailable") {
    return { admitted: false, reason: "tokens-unavailable", detail: lookup.error };
  }
  if (lookup.outcome === "absent") {
    return { admitted: false, reason: "account-unknown", detail: accountSid };
  }
  const signed = {
    url: request.url,
    host: request.headers.get("host"),
    contentType: signedType(request.headers),
    body,
  };
  if (await isValidSignature(signature, lookup.tokens, signed)) return { admitted: true, body };
  const { tokens: current, former } = lookup;
  return {
    admitted: false,
    reason: "signature-invalid",
    async explain(hostnames) {
      const { explainRefusal } = await import("./refusal.ts");
      return explainRefusal(signature, { current, former, hostnames }, signed, request.method);
    },
  };
}

/**
 * The type of a body as far as a signature knows it: null where it is compressed. A form's signature
 * is made over its fields; bytes that spell these and unfold to others must not pass for them.
 */
function signedType(headers: Headers): string | null {
  const coding = headers.get("content-encoding");
  const plain = coding === null || coding.trim().toLowerCase() === "identity";
  return plain ? headers.get("content-type") : null;
}
