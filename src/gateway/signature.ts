import type { AuthTokens } from "../contract/account-record.ts";
import { workedOn } from "../contract/slices.ts";
import { BoundedMap } from "./bounded-map.ts";
import { signedUrlCandidates } from "./signed-url.ts";

/** What a signature is made over (contract section 3). */
export type SignedRequest = {
  /** As received. */
  url: string;
  /** The Host header. */
  host: string | null;
  /** Content-Type of the body, or null. */
  contentType: string | null;
  /** The whole body; empty for GET and HEAD. */
  body: Uint8Array;
};

/**
 * Whether `signature` (the X-Twilio-Signature header, or null) was made over `request` with one of
 * `tokens`: base64(HMAC-SHA1(token, URL + sorted parameters)).
 *
 * Two messages are possible. A form's parameters are part of the message. Any other body is bound by
 * its SHA-256, which stands in the signed URL as `bodySHA256`. A body that neither binds is refused:
 * else a recorded signature of one body would admit every other.
 *
 * Nobody has proven anything before this ends, so what it hashes is bounded too: past that, a signature
 * is wrong.
 *
 * The comparison is WebCrypto's verify, which takes the same time wherever the bytes differ.
 */
export async function isValidSignature(
  signature: string | null,
  tokens: AuthTokens,
  request: SignedRequest,
): Promise<boolean> {
  const claimed = decodeSignature(signature);
  if (claimed === null) return false;
  const { url, contentType, body } = request;
  // What nearly every fetch of media is: its URL alone is signed.
  const isPlain = contentType === null && body.byteLength === 0 && !url.includes("?");
  const suffixes = isPlain ? NO_SUFFIX : await signedSuffixes(request);
  return fitsOne(claimed, tokens, request, suffixes, { bytes: MAX_HASHED });
}

const NO_SUFFIX = [new Uint8Array()];

/** Bytes that may still be hashed, and what each try costs besides. */
export type HashBudget = { bytes: number; each?: number };

/** Whether `claimed` is made with one of `tokens` over a spelling of the URL and one of `suffixes`. */
export async function fitsOne(
  claimed: Uint8Array<ArrayBuffer>,
  tokens: readonly (string | undefined)[],
  { url, host }: Pick<SignedRequest, "url" | "host">,
  suffixes: Uint8Array[],
  budget: HashBudget,
): Promise<boolean> {
  if (suffixes.length === 0) return false;
  const keys: CryptoKey[] = [];
  for (const token of tokens) if (token) keys.push(hmacKeys.get(token) ?? (await importKey(token)));
  for (const candidate of signedUrlCandidates(url, host)) {
    for (const suffix of suffixes) {
      const message = joined(encoder.encode(candidate) as Uint8Array<ArrayBuffer>, suffix);
      for (const key of keys) {
        if (await crypto.subtle.verify("HMAC", key, claimed, message)) return true;
        budget.bytes -= message.byteLength + (budget.each ?? 0);
        if (message.byteLength > LONG_MESSAGE) await workedOn(message.byteLength);
      }
      if (budget.bytes < 0) return false;
    }
  }
  return false;
}

/** Bytes; Twilio's own have a few KB. Between two tries of a longer one others have their turn. */
const LONG_MESSAGE = 16 * 1024;

/** Bytes that one request may have hashed: all spellings of a URL with the largest signed form behind each. */
const MAX_HASHED = 8 * 1024 * 1024;

function joined(url: Uint8Array<ArrayBuffer>, suffix: Uint8Array): Uint8Array<ArrayBuffer> {
  if (suffix.byteLength === 0) return url;
  const message = new Uint8Array(url.byteLength + suffix.byteLength);
  message.set(url);
  message.set(suffix, url.byteLength);
  return message;
}

const encoder = new TextEncoder();
/** A byte order mark is a part of the first name like any other character. */
const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

/** 20 bytes are 27 digits of base64 and one pad; nothing else is worth an HMAC. */
const SIGNATURE = /^[A-Za-z0-9+/]{27}=$/;

/** The 20 bytes of a signature; null for what is none. */
export function decodeSignature(signature: string | null): Uint8Array<ArrayBuffer> | null {
  const text = signature?.trim() ?? "";
  if (!SIGNATURE.test(text)) return null;
  return Uint8Array.fromBase64(text);
}

/** What may follow the URL in the signed message: nothing of it, one, or both readings of the body. */
export async function signedSuffixes(request: SignedRequest): Promise<Uint8Array[]> {
  const { url, contentType, body } = request;
  const suffixes = new Set<string>();
  const bound = bodySha256Of(url);
  const form = isForm(contentType) ? formSuffix(decoder.decode(body)) : null;
  // A form without fields adds nothing to the URL, so a hash in it must not go unchecked: a signature
  // over a JSON body would fit no body at all, once somebody calls it a form.
  if (form !== null && (form !== "" || bound === null)) suffixes.add(form);
  if (bound === null) {
    if (body.byteLength === 0) suffixes.add("");
  } else if (bound === (await sha256Hex(body)) || (body.byteLength === 0 && bound === NO_BODY)) {
    suffixes.add("");
  }
  return [...suffixes].map((suffix) => encoder.encode(suffix));
}

/** SHA-256 of `{}`: what Twilio's own middleware takes an absent body for. */
const NO_BODY = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

/** Whether a Content-Type, or null, says that the body is a form whose fields are signed. */
export function isForm(contentType: string | null): boolean {
  const essence = (contentType ?? "").split(";", 1)[0] as string;
  return essence.trim().toLowerCase() === "application/x-www-form-urlencoded";
}

/**
 * Fields of a form that are worth sorting. Twilio sends some dozens; the two million that 6 MB can hold
 * would take more memory than an isolate has, and anyone can send them.
 */
const MAX_FORM_FIELDS = 10_000;

/**
 * How a parameter of Twilio's can begin. Nothing separates URL, names and values in the message, so a
 * recorded signature also fits other places to cut it (`GET /calls/12`: `POST /calls/1` with `2=`). With
 * this rule none is left before a digit or a character that divides URLs: no path segment, no query
 * parameter and no digit moves from a URL to a form or back.
 */
const PARAMETER_START = /^[A-Za-z_\u0080-\uffff]/;

/**
 * Names by code unit, each name's values once and sorted, without separators; null for too many, or
 * for one that no parameter of Twilio's can have.
 */
export function formSuffix(body: string): string | null {
  if (body.split("&", MAX_FORM_FIELDS + 1).length > MAX_FORM_FIELDS) return null;
  const parameters = new Map<string, Set<string>>();
  // The constructor takes one question mark off the front, which here would be the first name's own.
  for (const [name, value] of new URLSearchParams(`?${body}`)) {
    if (!PARAMETER_START.test(name)) return null;
    const values = parameters.get(name);
    if (values) values.add(value);
    else parameters.set(name, new Set([value]));
  }
  let suffix = "";
  for (const name of [...parameters.keys()].sort()) {
    for (const value of [...(parameters.get(name) as Set<string>)].sort()) suffix += name + value;
  }
  return suffix;
}

/** Compared as text, case and all, as the SDKs do. */
export function bodySha256Of(url: string): string | null {
  const question = url.indexOf("?");
  return question === -1 ? null : new URLSearchParams(url.slice(question)).get("bodySHA256");
}

async function sha256Hex(body: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", body as BufferSource));
  return digest.toHex();
}

/** Importing a key costs about as much as using it; a token is short and an isolate sees few. */
const hmacKeys = new BoundedMap<CryptoKey>(1_000);

async function importKey(token: string): Promise<CryptoKey> {
  const key = await crypto.subtle.importKey(
    "raw",
    encoder.encode(token),
    { name: "HMAC", hash: "SHA-1" },
    false,
    ["verify"],
  );
  hmacKeys.set(token, key, 1);
  return key;
}
