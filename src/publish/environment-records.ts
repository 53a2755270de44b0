/**
 * What the functions of an environment run with, as the gateway reads it from KV: a projection of D1
 * like the manifests. An environment has a record while it serves a build with functions.
 */
import {
  type EnvironmentRecord,
  encodeEnvironmentRecord,
  environmentRecordKey,
} from "../contract/environment-record.ts";
import {
  environmentsWithFunctions,
  type FunctionSettings,
  functionEnvironments,
  functionSettings,
} from "../store/function-settings.ts";
import { openVariable } from "../store/variable-values.ts";
import { deleteValue, putValue, storedNames } from "./kv-values.ts";
import { isTooSoon, pacedWrite } from "./paced-write.ts";
import type { Published } from "./published.ts";

/** More rounds than changes can overtake one another at KV's one write a second a key. */
const MAX_ROUNDS = 5;

/**
 * Makes the KV record of an environment what D1 says, and tells this isolate by `published`; nothing
 * where the environment has no functions. D1 is read again after the write, as KV has no
 * compare-and-set: of two changes at once, the later in D1 is the one that stays. Where KV refuses for
 * its pace, or changes go on overtaking one another, the scheduled repair writes what is missing.
 */
export async function publishEnvironmentRecord(
  env: Env,
  published: Published,
  environmentSid: string,
): Promise<void> {
  const key = environmentRecordKey(environmentSid);
  let { record, asOf } = await currentRecord(env, environmentSid);
  if (record === null) return;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const written: EncodedRecord | null = record;
    try {
      if (written === null) await deleteValue(env, published, key, asOf);
      else {
        const metadata = { revision: written.revision, asOf };
        await putValue(env, published, key, { value: written.value, metadata });
      }
    } catch (error) {
      if (!isTooSoon(error)) throw error;
      break;
    }
    ({ record, asOf } = await currentRecord(env, environmentSid));
    if (record?.revision === written?.revision) return;
  }
  console.error(JSON.stringify({ event: "environment-record-unsettled", environmentSid }));
}

/** Makes the KV records of a service's environments what D1 says. */
export async function publishServiceRecords(
  env: Env,
  published: Published,
  serviceSid: string,
): Promise<void> {
  const sids = await functionEnvironments(env.DB, serviceSid);
  await Promise.all(sids.map((sid) => publishEnvironmentRecord(env, published, sid)));
}

/** Deletes the KV records of environments that are gone. */
export async function deleteEnvironmentRecords(env: Env, environmentSids: string[]): Promise<void> {
  await Promise.all(
    environmentSids.map((sid) => pacedWrite(() => env.MANIFESTS.delete(environmentRecordKey(sid)))),
  );
}

/** Environments of a walk, and where it goes on; empty at its end. */
export type RecordStretch = { environments: string[]; next: string };

/** Returns up to `limit` environments that have functions, from `position` of a walk. */
export async function recordedEnvironments(
  env: Env,
  position: string,
  limit: number,
): Promise<RecordStretch> {
  const { sids, next } = await environmentsWithFunctions(env.DB, Number(position), limit);
  return { environments: sids, next: next === null ? "" : String(next) };
}

/** Returns those of `environmentSids` whose record in KV is not what D1 says. */
export async function differingRecords(env: Env, environmentSids: string[]): Promise<string[]> {
  const differing = await Promise.all(
    environmentSids.map(async (sid) => {
      const stored = await env.MANIFESTS.getWithMetadata<{ revision: string }>(
        environmentRecordKey(sid),
      );
      const revision = stored.value === null ? null : (stored.metadata?.revision ?? "");
      const { record: expected } = await currentRecord(env, sid);
      return expected !== null && revision !== expected.revision;
    }),
  );
  return environmentSids.filter((_sid, index) => differing[index]);
}

/** Returns environments that KV has a record of, and D1 says have no functions. */
export async function strayRecords(
  env: Env,
  position: string,
  limit: number,
): Promise<RecordStretch> {
  const prefix = environmentRecordKey("");
  const { names, next } = await storedNames(env, prefix, position || null, limit);
  const { settings } = await functionSettings(env.DB, names);
  return { environments: names.filter((sid) => !settings.has(sid)), next: next ?? "" };
}

type EncodedRecord = { value: string; revision: string };

/** Returns what KV is to hold of an environment, and as of when; null where it has no functions. */
async function currentRecord(
  env: Env,
  environmentSid: string,
): Promise<{ record: EncodedRecord | null; asOf: number }> {
  const { settings, asOf } = await functionSettings(env.DB, [environmentSid]);
  const found = settings.get(environmentSid);
  return { record: found ? await encodedRecord(env, environmentSid, found) : null, asOf };
}

async function encodedRecord(
  env: Env,
  environmentSid: string,
  settings: FunctionSettings,
): Promise<EncodedRecord> {
  const record = await openSettings(env, settings);
  return {
    value: await encodeEnvironmentRecord(environmentSid, record, env.ENCRYPTION_KEY),
    revision: await revisionOf(record, env.ENCRYPTION_KEY),
  };
}

/** A variable that was sealed under another ENCRYPTION_KEY is left out: the others are still read. */
async function openSettings(env: Env, settings: FunctionSettings): Promise<EnvironmentRecord> {
  const opened = await Promise.all(
    settings.variables.map(async (variable) => {
      const value = await openVariable(variable, env.ENCRYPTION_KEY);
      return value === null ? [] : [[variable.key, value] as const];
    }),
  );
  const sorted = opened.flat().sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    variables: Object.fromEntries(sorted),
    includeCredentials: settings.includeCredentials,
  };
}

/**
 * Tells two records apart without opening them. Keyed, as it stands in clear beside what is sealed:
 * a plain hash would let whoever lists the namespace try values until one fits.
 */
async function revisionOf(record: EnvironmentRecord, encryptionKey: string): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const raw = Uint8Array.fromBase64(encryptionKey);
  const key = await crypto.subtle.importKey("raw", raw, algorithm, false, ["sign"]);
  const text = new TextEncoder().encode(JSON.stringify(record));
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, text)).toHex();
}
