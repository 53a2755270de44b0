import { accountRecordKey } from "../account-record.ts";
import { findAccount } from "../store/accounts.ts";
import { pacedWrite } from "./paced-write.ts";

/** More rounds than rotations can overtake one another at KV's one write a second a key. */
const MAX_ROUNDS = 5;

/**
 * Makes the KV record of an account, from which the gateway takes its auth tokens, what D1 says:
 * written where there is an account, deleted where there is none. D1 is read again after the write,
 * as KV has no compare-and-set: of two changes at once, the later in D1 is the one that stays.
 */
export async function publishAccountRecord(env: Env, accountSid: string): Promise<void> {
  const key = accountRecordKey(accountSid);
  let record = await currentRecord(env, accountSid);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    await pacedWrite(() =>
      record === null ? env.MANIFESTS.delete(key) : env.MANIFESTS.put(key, record as string),
    );
    const now = await currentRecord(env, accountSid);
    if (now === record) return;
    record = now;
  }
}

/** D1 keeps the tokens as the record that KV holds, so that the two compare as they are. */
async function currentRecord(env: Env, accountSid: string): Promise<string | null> {
  return (await findAccount(env.DB, accountSid))?.auth_tokens ?? null;
}
