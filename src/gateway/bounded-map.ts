type Entry<Value> = { value: Value; weight: number; used: boolean };

/**
 * A map whose entries weigh at most `limit` together: past it the entries that were not read since
 * the last sweep go first (CLOCK: a hit only sets a flag, where an exact LRU would re-insert).
 * The entry set last always stays, so one that weighs more than the limit is held, alone.
 */
export class BoundedMap<Value, Key = string> {
  readonly #entries = new Map<Key, Entry<Value>>();
  readonly #limit: number;
  #weight = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get weight(): number {
    return this.#weight;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: Key): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    entry.used = true;
    return entry.value;
  }

  set(key: Key, value: Value, weight: number): void {
    this.delete(key);
    this.#entries.set(key, { value, weight, used: false });
    this.#weight += weight;
    if (this.#weight > this.#limit) this.#evict(key);
  }

  delete(key: Key): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#weight -= entry.weight;
  }

  /** Walks the entries oldest first; a used one gets a second round at the back. */
  #evict(latest: Key): void {
    for (const [key, entry] of this.#entries) {
      if (this.#weight <= this.#limit) return;
      if (key === latest) continue;
      this.#entries.delete(key);
      if (entry.used) {
        entry.used = false;
        this.#entries.set(key, entry);
      } else {
        this.#weight -= entry.weight;
      }
    }
  }
}
