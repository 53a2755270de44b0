import { accountRecordKey } from "../contract/account-record.ts";
import { accountTokensAsOf, allAccounts } from "../store/accounts.ts";
import { deleteValue, putValue, type StoredNames, storedNames } from "./kv-values.ts";
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
  let { record, asOf } = await accountTokensAsOf(env.DB, accountSid);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    if (record === null) await deleteValue(env, published, key, asOf);
    else await putValue(env, published, key, { value: record, metadata: { asOf } });
    const now = await accountTokensAsOf(env.DB, accountSid);
    if (now.record === record) return;
    ({ record, asOf } = now);
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
    const page: StoredNames = await storedNames(env, prefix, cursor);
    sids.push(...page.names);
    cursor = page.next;
  } while (cursor !== null);
  return sids;
}
