import {
  type AccountRecord,
  type AuthTokens,
  accountRecordKey,
  openAccountRecord,
} from "../contract/account-record.ts";
import type { ValueMetadata } from "../contract/value-metadata.ts";
import { type Background, type KvLookup, KvMemo } from "./kv-memo.ts";

export type TokensLookup =
  /** What was signed with a former token is refused; its owner is told. */
  | { outcome: "found"; tokens: AuthTokens; former: string[] }
  /** No such account, or a record that does not open: nothing it signs is valid. */
  | { outcome: "absent" }
  | { outcome: "unavailable"; error: unknown };

/** Bytes of account records that one isolate remembers. */
const MEMO_LIMIT = 2 * 1024 * 1024;

/** Finds the auth tokens that sign for an account: the operator's in the secrets, others' in KV. */
export class AuthTokenSource {
  readonly #env: Env;
  readonly #memo: KvMemo<AccountRecord | null>;

  constructor(env: Env) {
    this.#env = env;
    this.#memo = new KvMemo({
      limit: MEMO_LIMIT,
      keyOf: accountRecordKey,
      decode: (value, accountSid) => openAccountRecord(value, accountSid, env.ENCRYPTION_KEY),
    });
  }

  /** Makes this isolate check signatures by what it just wrote to KV, if `key` is an account's. */
  published(key: string, value: string | null, metadata: ValueMetadata): Promise<void> {
    return this.#memo.replace(key, value, metadata);
  }

  /** Synchronous for the operator's account, and for others while memory answers. */
  find(accountSid: string, kv: KVNamespace, ctx: Background): TokensLookup | Promise<TokensLookup> {
    const { TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_AUTH_TOKEN_SECONDARY } = this.#env;
    if (accountSid === TWILIO_ACCOUNT_SID) {
      if (!TWILIO_AUTH_TOKEN) return { outcome: "absent" };
      const secondary = TWILIO_AUTH_TOKEN_SECONDARY;
      const { TWILIO_AUTH_TOKEN_FORMER } = this.#env as { TWILIO_AUTH_TOKEN_FORMER?: string };
      return {
        outcome: "found",
        tokens: secondary ? [TWILIO_AUTH_TOKEN, secondary] : [TWILIO_AUTH_TOKEN],
        former: TWILIO_AUTH_TOKEN_FORMER ? [TWILIO_AUTH_TOKEN_FORMER] : [],
      };
    }
    const lookup = this.#memo.find(accountSid, kv, ctx);
    return lookup instanceof Promise ? lookup.then(tokensOf) : tokensOf(lookup);
  }
}

function tokensOf(lookup: KvLookup<AccountRecord | null>): TokensLookup {
  if (lookup.outcome !== "found") return lookup;
  return lookup.value === null ? { outcome: "absent" } : { outcome: "found", ...lookup.value };
}
