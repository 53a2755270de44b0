import { type AuthTokens, accountRecordKey, decodeAccountRecord } from "../account-record.ts";
import { type Background, KvMemo } from "./kv-memo.ts";

export type TokensLookup =
  | { outcome: "found"; tokens: AuthTokens }
  /** No such account, or a record that does not open: nothing it signs is valid. */
  | { outcome: "absent" }
  | { outcome: "unavailable"; error: unknown };

/** Bytes of account records that one isolate remembers. */
const MEMO_LIMIT = 2 * 1024 * 1024;

/** Finds the auth tokens that sign for an account: the operator's in the secrets, others' in KV. */
export class AuthTokenSource {
  readonly #env: Env;
  readonly #memo: KvMemo<AuthTokens | null>;

  constructor(env: Env) {
    this.#env = env;
    this.#memo = new KvMemo({
      limit: MEMO_LIMIT,
      keyOf: accountRecordKey,
      decode: (value, accountSid) => decodeAccountRecord(value, accountSid, env.ENCRYPTION_KEY),
    });
  }

  async find(accountSid: string, kv: KVNamespace, ctx: Background): Promise<TokensLookup> {
    const { TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_AUTH_TOKEN_SECONDARY } = this.#env;
    if (accountSid === TWILIO_ACCOUNT_SID) {
      if (!TWILIO_AUTH_TOKEN) return { outcome: "absent" };
      const secondary = TWILIO_AUTH_TOKEN_SECONDARY;
      return {
        outcome: "found",
        tokens: secondary ? [TWILIO_AUTH_TOKEN, secondary] : [TWILIO_AUTH_TOKEN],
      };
    }
    const lookup = await this.#memo.find(accountSid, kv, ctx);
    if (lookup.outcome !== "found") return lookup;
    return lookup.value === null
      ? { outcome: "absent" }
      : { outcome: "found", tokens: lookup.value };
  }
}
