import { decodeAccountRecord, encodeAccountRecord } from "../contract/account-record.ts";
import { findAccount } from "../store/accounts.ts";
import { findApiKey } from "../store/api-keys.ts";

/** Who asks, and what showed it. */
export type Identity = {
  accountSid: string;
  /** Whether it is the account in the Worker secrets. */
  operator: boolean;
  credential: "token" | "key";
  /** Of a key, what its owner calls it; of a token, nothing. */
  key: { sid: string; name: string } | null;
};

/**
 * Returns whom an `Authorization` value names, or null: Basic, with an account SID and one of its
 * auth tokens, or an API key's SID and its secret. No other header or cookie is looked at.
 *
 * A name that is unknown takes the path of a wrong password: the same D1 query, the same decryption,
 * the same compare. The operator's tokens need no query, so only a *right* one is answered early; so is
 * what is no SID at all. `beforeQuery` is called before D1 is asked, and may throw.
 */
export async function identify(
  authorization: string | null,
  env: Env,
  beforeQuery: () => void,
): Promise<Identity | null> {
  const basic = basicCredentials(authorization);
  if (!basic) return null;
  const given = await sha256(basic.password);

  const operatorTokens = [env.TWILIO_AUTH_TOKEN, env.TWILIO_AUTH_TOKEN_SECONDARY];
  const tokenIsOperators = await matchesAny(given, operatorTokens);
  const nameIsOperators = await matchesAny(await sha256(basic.username), [env.TWILIO_ACCOUNT_SID]);
  if (tokenIsOperators && nameIsOperators) {
    return { accountSid: env.TWILIO_ACCOUNT_SID, operator: true, credential: "token", key: null };
  }
  if (!SID.test(basic.username)) return null;
  beforeQuery();
  return basic.username.startsWith("SK")
    ? identifyKey(basic.username, given, env)
    : identifyAccount(basic.username, given, env);
}

const SID = /^(?:AC|SK)[0-9a-fA-F]{32}$/;

async function identifyKey(sid: string, given: ArrayBuffer, env: Env): Promise<Identity | null> {
  const key = await findApiKey(env.DB, sid, env.TWILIO_ACCOUNT_SID);
  const expected = Uint8Array.fromHex(key?.secret_sha256 ?? "00".repeat(32));
  if (!crypto.subtle.timingSafeEqual(given, expected) || !key) return null;
  const operator = key.account_sid === env.TWILIO_ACCOUNT_SID;
  const { account_sid: accountSid, friendly_name: name } = key;
  return { accountSid, operator, credential: "key", key: { sid, name } };
}

async function identifyAccount(
  sid: string,
  given: ArrayBuffer,
  env: Env,
): Promise<Identity | null> {
  const account = await findAccount(env.DB, sid);
  const record = account?.auth_tokens ?? (await decoyRecord(env.ENCRYPTION_KEY));
  const tokens = await decodeAccountRecord(record, account?.sid ?? DECOY_SID, env.ENCRYPTION_KEY);
  const matches = await matchesAny(given, [tokens?.[0], tokens?.[1]]);
  // A subaccount that became the operator's account is opened by the secrets alone.
  if (!matches || !account || sid === env.TWILIO_ACCOUNT_SID) return null;
  return { accountSid: account.sid, operator: false, credential: "token", key: null };
}

/** Whether `given` is the SHA-256 of one of `candidates`; each is compared, whatever the others say. */
async function matchesAny(
  given: ArrayBuffer,
  candidates: (string | undefined)[],
): Promise<boolean> {
  let matches = false;
  for (const candidate of candidates) {
    // A candidate that is not set must not match an empty password.
    const equal = crypto.subtle.timingSafeEqual(
      given,
      await sha256(candidate || crypto.randomUUID()),
    );
    matches = matches || equal;
  }
  return matches;
}

/** Hashed, two texts of any length compare in a time that tells nothing of either. */
function sha256(value: string): Promise<ArrayBuffer> {
  return crypto.subtle.digest("SHA-256", new TextEncoder().encode(value));
}

function basicCredentials(
  authorization: string | null,
): { username: string; password: string } | null {
  const encoded = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(authorization ?? "")?.[1];
  if (!encoded) return null;
  let decoded: string;
  try {
    decoded = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      Uint8Array.fromBase64(encoded),
    );
  } catch {
    return null;
  }
  const colon = decoded.indexOf(":");
  if (colon < 0) return null;
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}

const DECOY_SID = `AC${"0".repeat(32)}`;

/** What is decrypted for an account that does not exist; made once an isolate and key. */
const decoyRecords = new Map<string, string>();

async function decoyRecord(encryptionKey: string): Promise<string> {
  const known = decoyRecords.get(encryptionKey);
  if (known) return known;
  const tokens: [string] = [crypto.randomUUID().replaceAll("-", "")];
  const record = await encodeAccountRecord(DECOY_SID, tokens, encryptionKey);
  decoyRecords.set(encryptionKey, record);
  return record;
}
