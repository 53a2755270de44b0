/**
 * An account's auth tokens as the two sides hand them over: one KV value an account, encrypted, so
 * that whoever can list the namespace still cannot sign a request. The operator's own tokens are
 * Worker secrets and never stand in KV.
 */

/** One or two auth tokens, the primary first. */
export type AuthTokens = [primary: string, secondary?: string];

/** An account's tokens, and those that it dropped last, which sign nothing any more. */
export type AccountRecord = { tokens: AuthTokens; former: string[] };

/** Dropped tokens that are remembered, to tell who still signs with one. */
export const MAX_FORMER = 2;

/** The KV key of an account's record. */
export function accountRecordKey(accountSid: string): string {
  return `account:${accountSid}`;
}

/**
 * Encrypts `plaintext` with AES-256-GCM under `encryptionKey` (base64 of 32 bytes) and returns
 * base64 of `iv ‖ ciphertext ‖ tag`. `context` is bound in as additional data: a value moved to
 * another account or row no longer opens. Throws when the key is not 32 bytes of base64.
 */
export async function seal(
  plaintext: string,
  context: string,
  encryptionKey: string,
): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const ciphertext = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(context) },
    await importedKey(encryptionKey),
    new TextEncoder().encode(plaintext),
  );
  return new Uint8Array([...iv, ...new Uint8Array(ciphertext)]).toBase64();
}

/** Opens what `seal` made for the same context and key; null for anything else. Throws as it does. */
export async function unseal(
  sealed: string,
  context: string,
  encryptionKey: string,
): Promise<string | null> {
  const key = await importedKey(encryptionKey);
  try {
    const bytes = Uint8Array.fromBase64(sealed);
    const plaintext = await crypto.subtle.decrypt(
      {
        name: "AES-GCM",
        iv: bytes.subarray(0, 12),
        additionalData: new TextEncoder().encode(context),
      },
      key,
      bytes.subarray(12),
    );
    return new TextDecoder().decode(plaintext);
  } catch {
    return null;
  }
}

/** Returns the KV value of an account's record. Without former tokens it is as version 0.1.0 wrote it. */
export function encodeAccountRecord(
  accountSid: string,
  tokens: AuthTokens,
  encryptionKey: string,
  former: string[] = [],
): Promise<string> {
  const kept = former.slice(0, MAX_FORMER);
  const record = kept.length === 0 ? tokens : { tokens, former: kept };
  return seal(JSON.stringify(record), accountRecordKey(accountSid), encryptionKey);
}

/** Reads the tokens of an account's KV value; null when it is not this account's or not whole. */
export async function decodeAccountRecord(
  value: string,
  accountSid: string,
  encryptionKey: string,
): Promise<AuthTokens | null> {
  return (await openAccountRecord(value, accountSid, encryptionKey))?.tokens ?? null;
}

/** Reads an account's KV value; null when it is not this account's or not whole. */
export async function openAccountRecord(
  value: string,
  accountSid: string,
  encryptionKey: string,
): Promise<AccountRecord | null> {
  const plaintext = await unseal(value, accountRecordKey(accountSid), encryptionKey);
  if (plaintext === null) return null;
  const record = JSON.parse(plaintext) as { tokens?: unknown; former?: unknown } | unknown[];
  const tokens: unknown = Array.isArray(record) ? record : record.tokens;
  const former: unknown = Array.isArray(record) ? [] : (record.former ?? []);
  const whole = isTexts(tokens) && (tokens.length === 1 || tokens.length === 2) && isTexts(former);
  return whole ? { tokens: tokens as unknown as AuthTokens, former } : null;
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((text) => typeof text === "string" && text !== "");
}

/**
 * Importing costs more than using, so a key is imported once an isolate. The key itself is kept, not
 * the promise of it: a promise belongs to the request that made it, and dies with that request.
 */
const importedKeys = new Map<string, CryptoKey>();

async function importedKey(encryptionKey: string): Promise<CryptoKey> {
  const known = importedKeys.get(encryptionKey);
  if (known) return known;
  const raw = Uint8Array.fromBase64(encryptionKey);
  if (raw.byteLength !== 32) throw new Error("ENCRYPTION_KEY is not 32 bytes of base64");
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
  importedKeys.set(encryptionKey, key);
  return key;
}
