import type { ValueMetadata } from "../contract/value-metadata.ts";
import { pacedWrite } from "./paced-write.ts";
import type { Published } from "./published.ts";

/**
 * Seconds that the mark of a deletion stays in KV, the least that it keeps anything: longer than an
 * isolate holds what it wrote itself against a key that KV does not know (gateway/kv-memo.ts).
 */
const GONE_SECONDS = 60;

/** What KV is to hold under a key: D1's word as of a moment (store/read-as-of.ts). */
export type KvValue = { value: string; metadata: ValueMetadata & { asOf: number } };

/** Writes `key`, and tells this isolate by `published`. */
export async function putValue(
  env: Env,
  published: Published,
  key: string,
  { value, metadata }: KvValue,
): Promise<void> {
  await pacedWrite(() => env.MANIFESTS.put(key, value, { metadata }));
  await published(key, value, metadata);
}

/**
 * Deletes `key`, as of a moment, and tells this isolate by `published`. A key that is simply missing
 * would not say whether it was never written or is deleted, so a mark stays for a minute.
 */
export async function deleteValue(
  env: Env,
  published: Published,
  key: string,
  asOf: number,
): Promise<void> {
  const metadata: ValueMetadata = { asOf, gone: true };
  const options = { metadata, expirationTtl: GONE_SECONDS };
  await pacedWrite(() => env.MANIFESTS.put(key, "", options));
  await published(key, null, metadata);
}

/** Names of stored values, and where their list goes on; null at its end. */
export type StoredNames = { names: string[]; next: string | null };

/** Returns a page of what follows `prefix` in the keys that have a value. */
export async function storedNames(
  env: Env,
  prefix: string,
  cursor: string | null,
  limit = 1_000,
): Promise<StoredNames> {
  const page = await env.MANIFESTS.list<ValueMetadata>({ prefix, cursor, limit });
  const stored = page.keys.filter(({ metadata }) => !metadata?.gone);
  return {
    names: stored.map(({ name }) => name.slice(prefix.length)),
    next: page.list_complete ? null : page.cursor,
  };
}
