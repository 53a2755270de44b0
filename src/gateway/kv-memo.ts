import type { ValueMetadata } from "../contract/value-metadata.ts";
import { BoundedMap } from "./bounded-map.ts";

/**
 * How old an answer may be; all times here are in milliseconds. Ours is MEMO_BOUND: an isolate answers
 * from what it read of KV for no longer. The rest is Cloudflare's: a data centre keeps what it read
 * for KV_CACHE_TTL, as it is asked to, and a write reaches the others in "up to 60 seconds or more"
 * (Cloudflare's documents, "How KV works").
 */
const MEMO_FRESH = 5_000;
const MEMO_BOUND = 10_000;
/** The least that KV accepts. */
export const KV_CACHE_TTL = 30_000;
/** Milliseconds after a write can be read everywhere: from then on nothing older is answered. */
export const STALENESS_BOUND = MEMO_BOUND + KV_CACHE_TTL;

/** While KV fails, a value is served on for this long before the gateway says it has none. */
const STALE_IF_ERROR = 60 * 60_000;
/** While KV fails, it is asked again this often, not by every request. */
const ERROR_RETRY = 2_000;
/** A refresh is cancelled with the request that began it: after this long another may begin. */
const REFRESH_PATIENCE = 5_000;
const ENTRY_OVERHEAD = 512;

export type KvLookup<Value> =
  | { outcome: "found"; value: Value }
  | { outcome: "absent" }
  | { outcome: "unavailable"; error: unknown };

type Remembered<Value> = {
  /** Undefined: KV has no such key. */
  value: Value | undefined;
  lookup: KvLookup<Value>;
  revision: string | null;
  /** As of when this is what D1 says; null where KV did not say. What is older is never taken for it. */
  asOf: number | null;
  /** Until then a read that does not say as of when it is counts as older than this. */
  heldUntil: number;
  weight: number;
  freshUntil: number;
  bound: number;
  /** No second refresh is started before this. */
  refreshAfter: number;
};

export type Background = { waitUntil(promise: Promise<unknown>): void };

/**
 * What one isolate remembers of a KV namespace: values are read through it, answered from memory
 * while fresh, answered and refreshed behind the response until the bound, read anew past it. An
 * absent key is remembered only while fresh. A KV that fails leaves what is remembered in force.
 */
export class KvMemo<Value> {
  readonly #entries: BoundedMap<Remembered<Value>>;
  readonly #keyOf: (name: string) => string;
  readonly #decode: (value: string, name: string) => Value | Promise<Value>;
  readonly #isSound: (value: Value) => boolean;

  constructor(options: {
    /** Bytes, about: what the texts of the values take in memory. */
    limit: number;
    keyOf: (name: string) => string;
    decode: (value: string, name: string) => Value | Promise<Value>;
    /** Whether a value was whole: one that was not is read again, whatever its revision. */
    isSound?: (value: Value) => boolean;
  }) {
    this.#entries = new BoundedMap(options.limit);
    this.#keyOf = options.keyOf;
    this.#decode = options.decode;
    this.#isSound = options.isSound ?? (() => true);
  }

  get weight(): number {
    return this.#entries.weight;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Looks `name` up; synchronous when memory answers. */
  find(name: string, kv: KVNamespace, ctx: Background): KvLookup<Value> | Promise<KvLookup<Value>> {
    const entry = this.#entries.get(name);
    if (entry === undefined) return this.#read(name, kv);
    const now = Date.now();
    if (now < entry.freshUntil) return entry.lookup;
    if (now >= entry.bound || entry.value === undefined) return this.#read(name, kv);
    if (now >= entry.refreshAfter) {
      entry.refreshAfter = now + REFRESH_PATIENCE;
      ctx.waitUntil(this.#read(name, kv));
    }
    return entry.lookup;
  }

  /**
   * Takes over what this isolate just wrote to KV under `key` (null: it deleted the key); a key of
   * another kind is left alone. KV goes on showing what was there before for a while: that is older
   * by its `asOf`, and as old as that is what has none.
   */
  async replace(key: string, value: string | null, metadata: ValueMetadata): Promise<void> {
    const prefix = this.#keyOf("");
    if (!key.startsWith(prefix)) return;
    const name = key.slice(prefix.length);
    const decoded = value === null ? undefined : await this.#decode(value, name);
    const entry = this.#remember(name, decoded, metadata, value?.length ?? 0);
    entry.heldUntil = Date.now() + KV_CACHE_TTL;
  }

  async #read(name: string, kv: KVNamespace): Promise<KvLookup<Value>> {
    try {
      const read = await kv.getWithMetadata<ValueMetadata>(this.#keyOf(name), {
        type: "stream",
        cacheTtl: KV_CACHE_TTL / 1000,
      });
      const metadata = read.metadata ?? {};
      const held = this.#held(name, metadata);
      if (held !== undefined) {
        await read.value?.cancel();
        return held;
      }
      if (read.value === null || metadata.gone) {
        await read.value?.cancel();
        return this.#remember(name, undefined, metadata, 0).lookup;
      }
      const text = await new Response(read.value).text();
      const value = await this.#decode(text, name);
      if (!this.#isSound(value)) delete metadata.revision;
      return (
        this.#held(name, metadata) ?? this.#remember(name, value, metadata, text.length).lookup
      );
    } catch (error) {
      return this.#withoutKv(name, error);
    }
  }

  /**
   * Answers from memory where what was read is older than what is remembered, or the same; undefined
   * where it is news. While it was read, this isolate may have written, or read again.
   */
  #held(name: string, { revision, asOf }: ValueMetadata): KvLookup<Value> | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    const same = revision !== undefined && revision === entry.revision;
    const older =
      asOf === undefined || entry.asOf === null ? Date.now() < entry.heldUntil : asOf < entry.asOf;
    if (!same && !older) return undefined;
    if (!older) entry.asOf = asOf ?? entry.asOf;
    this.#renew(entry);
    return entry.lookup;
  }

  /** Never "absent": that KV cannot be asked does not mean that it has no such key. */
  #withoutKv(name: string, error: unknown): KvLookup<Value> {
    const entry = this.#entries.get(name);
    const now = Date.now();
    if (entry?.value === undefined || now >= entry.freshUntil + STALE_IF_ERROR) {
      return { outcome: "unavailable", error };
    }
    entry.refreshAfter = now + ERROR_RETRY;
    entry.bound = Math.max(entry.bound, now + ERROR_RETRY);
    return entry.lookup;
  }

  #remember(
    name: string,
    value: Value | undefined,
    { revision, asOf }: ValueMetadata,
    length: number,
  ): Remembered<Value> {
    const lookup: KvLookup<Value> =
      value === undefined ? { outcome: "absent" } : { outcome: "found", value };
    const weight = ENTRY_OVERHEAD + 2 * (name.length + length);
    const entry = {
      ...{ value, lookup, weight },
      ...{ revision: revision ?? null, asOf: asOf ?? null, heldUntil: 0 },
      ...{ freshUntil: 0, bound: 0, refreshAfter: 0 },
    };
    this.#renew(entry);
    this.#entries.set(name, entry, weight);
    return entry;
  }

  #renew(entry: Remembered<Value>): void {
    const now = Date.now();
    entry.freshUntil = now + MEMO_FRESH;
    entry.bound = now + MEMO_BOUND;
    entry.refreshAfter = 0;
  }
}
