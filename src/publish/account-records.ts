import { accountRecordKey } from "../contract/account-record.ts";
import { allAccounts, findAccount } from "../store/accounts.ts";
import { pacedWrite } from "./paced-write.ts";
import type { Published } from "./published.ts";

/**
 * More rounds than rotations can overtake one another at KV's one write a second a key. What is not
 * settled after them is left to the scheduled repair.
 */
const MAX_ROUNDS = 5;

/**
 * Makes the KV record of an account, from which the gateway takes its auth tokens, what D1 says, and
 * tells this isolate by `published`: written where there is an account, deleted where there is none.
 * D1 is read again after the write, as KV has no compare-and-set: of two changes at once, the later
 * in D1 is the one that stays.
 */
export async function publishAccountRecord(
  env: Env,
  published: Published,
  accountSid: string,
): Promise<void> {
  const key = accountRecordKey(accountSid);
  let record = await currentRecord(env, accountSid);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    await pacedWrite(() =>
      record === null ? env.MANIFESTS.delete(key) : env.MANIFESTS.put(key, record as string),
    );
    await published(key, record, null);
    const now = await currentRecord(env, accountSid);
    if (now === record) return;
    record = now;
  }
  console.error(JSON.stringify({ event: "account-record-unsettled", accountSid }));
}

/**
 * Mends the KV records of all accounts: writes those that differ from D1 and deletes those of no
 * account. Returns the SIDs whose records were mended.
 */
export async function repairAccountRecords(env: Env, published: Published): Promise<string[]> {
  const expected = new Map(
    (await allAccounts(env.DB)).map(({ sid, auth_tokens }) => [sid, auth_tokens]),
  );
  const stored = await storedAccounts(env);
  const records = await readRecords(env, stored);
  const wrong: string[] = [];
  for (const sid of new Set([...expected.keys(), ...stored])) {
    if ((records.get(sid) ?? null) === (expected.get(sid) ?? null)) continue;
    await publishAccountRecord(env, published, sid);
    wrong.push(sid);
  }
  return wrong;
}

/** Keys that KV reads at once, as one of the 1,000 operations of an invocation. */
const KEYS_AT_ONCE = 100;

/** Returns the records that KV has of `accountSids`. */
async function readRecords(env: Env, accountSids: string[]): Promise<Map<string, string | null>> {
  const records = new Map<string, string | null>();
  for (let from = 0; from < accountSids.length; from += KEYS_AT_ONCE) {
    const sids = accountSids.slice(from, from + KEYS_AT_ONCE);
    const read = await env.MANIFESTS.get(sids.map(accountRecordKey));
    for (const sid of sids) records.set(sid, read.get(accountRecordKey(sid)) ?? null);
  }
  return records;
}

/** The SIDs that KV has a record of. */
async function storedAccounts(env: Env): Promise<string[]> {
  const prefix = accountRecordKey("");
  const sids: string[] = [];
  let cursor: string | null = null;
  do {
    const page: KVNamespaceListResult<unknown> = await env.MANIFESTS.list({ prefix, cursor });
    for (const { name } of page.keys) sids.push(name.slice(prefix.length));
    cursor = page.list_complete ? null : page.cursor;
  } while (cursor !== null);
  return sids;
}

/** D1 keeps the tokens as the record that KV holds, so that the two compare as they are. */
async function currentRecord(env: Env, accountSid: string): Promise<string | null> {
  return (await findAccount(env.DB, accountSid))?.auth_tokens ?? null;
}
