/**
 * Twilio runs thirty invocations of an account at once and answers 429 to more. Here each isolate of
 * the gateway counts for itself: the point is that one account's hanging functions cannot hold every
 * connection of an isolate, not an exact number over the whole edge.
 */
export const PLACES = 30;

/** Milliseconds without a byte after which a caller's body gives way to another caller. */
const PATIENCE = 1_000;

/**
 * Milliseconds past a function's time after which a place counts as given back: a request that the
 * runtime has ended cannot give it back itself. Longer than starting an instance may take.
 */
const LAPSE = 60_000;

/** A caller's place among those of an account. */
export type Place = {
  /**
   * Says that the caller's body is being read; what it returns tells whether it has been made to give
   * way. That is asked, not awaited: another request says so (docs/architecture.md).
   */
  awaitBody(giveWay: () => void): () => boolean;
  /** Says that a piece of the body came. */
  progressed(): void;
  /** Says that the body is here: the caller gives way no more. */
  bodyCame(): void;
  /** Gives the place back. May be called again. */
  leave(): void;
};

type Caller = {
  /** When the place counts as given back: one whose body stands still gives way long before. */
  until: number;
  /** Since when no byte has come; null while there is no body to wait for. */
  stalledSince: number | null;
  giveWay: () => void;
};

const NOTHING = () => {};

/** Who calls the functions of each account now. */
export class Callers {
  readonly #accounts = new Map<string, Set<Caller>>();

  /**
   * Takes a place for a call whose function has `callTime` milliseconds; null when the account has none
   * left, and nobody there only makes it wait.
   */
  enter(accountSid: string, callTime: number): Place | null {
    const callers = this.#accounts.get(accountSid) ?? new Set();
    this.#accounts.set(accountSid, callers);
    const now = Date.now();
    if (callers.size >= PLACES) {
      for (const caller of callers) if (caller.until < now) callers.delete(caller);
    }
    if (callers.size >= PLACES && !this.makeRoom(accountSid)) return null;
    const until = now + callTime + LAPSE;
    const caller: Caller = { until, stalledSince: null, giveWay: NOTHING };
    callers.add(caller);
    return {
      awaitBody: (giveWay) => {
        let gaveWay = false;
        caller.until = Number.POSITIVE_INFINITY;
        caller.stalledSince = Date.now();
        caller.giveWay = () => {
          gaveWay = true;
          giveWay();
        };
        return () => gaveWay;
      },
      progressed: () => {
        caller.stalledSince = Date.now();
      },
      bodyCame: () => {
        caller.until = Date.now() + callTime + LAPSE;
        caller.stalledSince = null;
      },
      leave: () => {
        callers.delete(caller);
        if (callers.size === 0 && this.#accounts.get(accountSid) === callers) {
          this.#accounts.delete(accountSid);
        }
      },
    };
  }

  /**
   * Makes the caller go whose body has stood still for the longest; false when all of them move. So who
   * withholds a byte cannot keep out those who send theirs.
   */
  makeRoom(accountSid: string): boolean {
    let longest: Caller | null = null;
    let since = Date.now() - PATIENCE;
    const callers = this.#accounts.get(accountSid);
    for (const caller of callers ?? []) {
      if (caller.stalledSince === null || caller.stalledSince > since) continue;
      since = caller.stalledSince;
      longest = caller;
    }
    if (longest === null) return false;
    callers?.delete(longest);
    longest.stalledSince = null;
    longest.giveWay();
    return true;
  }
}
