/**
 * Bytes of requests' and answers' bodies that one isolate holds at once, for all tenants. Of its 128 MB
 * the memories of manifests, assets and records take 38; the rest is code and what is being computed.
 */
const ISOLATE_LIMIT = 48 * 1024 * 1024;

/**
 * Milliseconds after which bytes count as given back that nobody has touched: a request that the
 * runtime has ended cannot give them back itself. Longer than any function may take for its answer.
 */
const LAPSE = 15 * 60 * 1000;

/** What one request holds of a budget. */
export type Hold = {
  readonly bytes: number;
  /** Holds `bytes` in all from now on; false, and nothing changes, where that is more than there is. */
  resize(bytes: number): boolean;
  /** Gives everything back. May be called again. */
  release(): void;
};

type Entry = { holder: string; bytes: number; touched: number };

/**
 * Shares bytes out among holders. A holder may have as many as are still free with what it takes: one
 * alone gets half, two get a third each, and whoever comes next always finds some. (The rule by which
 * switches share their packet memory: Choudhury and Hahne, "Dynamic queue length thresholds", 1998.)
 */
export class ByteBudget {
  readonly #limit: number;
  readonly #entries = new Set<Entry>();
  readonly #holders = new Map<string, number>();
  #taken = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes that are held now. */
  get taken(): number {
    return this.#taken;
  }

  /** Opens an empty hold in the name of `holder`: what is sent to one account, or by it. */
  open(holder: string): Hold {
    const entry: Entry = { holder, bytes: 0, touched: 0 };
    const resize = (bytes: number): boolean => {
      const more = bytes - entry.bytes;
      if (more > 0 && !this.#fits(holder, more)) {
        this.#dropLapsed();
        if (!this.#fits(holder, more)) return false;
      }
      entry.touched = Date.now();
      this.#count(entry, more);
      return true;
    };
    return {
      get bytes() {
        return entry.bytes;
      },
      resize,
      release: () => this.#count(entry, -entry.bytes),
    };
  }

  #fits(holder: string, more: number): boolean {
    const own = this.#holders.get(holder) ?? 0;
    return own + more <= this.#limit - this.#taken - more;
  }

  #count(entry: Entry, more: number): void {
    entry.bytes += more;
    this.#taken += more;
    const own = (this.#holders.get(entry.holder) ?? 0) + more;
    if (own > 0) this.#holders.set(entry.holder, own);
    else this.#holders.delete(entry.holder);
    if (entry.bytes > 0) this.#entries.add(entry);
    else this.#entries.delete(entry);
  }

  #dropLapsed(): void {
    const past = Date.now() - LAPSE;
    for (const entry of this.#entries) {
      if (entry.touched < past) this.#count(entry, -entry.bytes);
    }
  }
}

/** The budget of this isolate. */
export const heldBytes = new ByteBudget(ISOLATE_LIMIT);
