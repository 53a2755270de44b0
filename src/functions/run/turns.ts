import { hasFree, type Pool } from "./instances.ts";

/*
 * Calls that last a millisecond overlap only since they come at the same moment. In an instance each
 * they would be served no sooner: each would have to be started, and to become fast. So a call waits
 * for others as long as that is the shorter way.
 */

/** Milliseconds that a call waits though there is a free instance: one that has just run is faster. */
const BESIDE_FREE = 8;

/** Milliseconds, at least and at most, that a call waits in place of starting an instance. */
const IN_PLACE_OF_START = { least: 20, most: 250 };

/** Milliseconds that a call takes at least: where nothing but code runs, the clock stands still. */
const SHORTEST = 1;

/** The share of the latest call in what calls lately took. */
const LATEST = 0.25;

/**
 * Looks at whether calls still end, in the time that a call waits; and in all. Counted, not timed: while
 * the thread is held, nobody's call ends.
 */
const LOOKS = 4;
const MOST_LOOKS = 16;

/** Milliseconds in which nobody waits after somebody did so in vain: calls may wait for one another. */
const IMPATIENT = 10_000;

/** Waits while calls are under way and before this one that lately took less than another instance would. */
export async function awaitTurn(pool: Pool, now: number): Promise<void> {
  if (now < pool.patientFrom) return;
  const patience = patienceFor(pool, now);
  const wait = (pool.waiting.length + 1) * Math.max(pool.lately ?? SHORTEST, SHORTEST);
  if (wait > patience) return;
  if (pool.waiting.length === 0 && !hasCallSince(pool, now, patience)) return;
  let woken = false;
  let wake = () => {};
  const called = () => {
    woken = true;
    wake();
  };
  pool.waiting.push(called);
  let ended = pool.ended;
  for (let looks = 0, idle = 0; !woken && looks < MOST_LOOKS && idle < LOOKS; looks++) {
    const turn = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const timer = setTimeout(wake, patience / LOOKS);
    await turn;
    clearTimeout(timer);
    idle = pool.ended === ended ? idle + 1 : 0;
    ended = pool.ended;
    if (!woken && idle === LOOKS) pool.patientFrom = Date.now() + IMPATIENT;
  }
  pool.waiting = pool.waiting.filter((other) => other !== called);
}

/** Milliseconds that the other way takes. Of two instances started at once each takes twice as long. */
function patienceFor(pool: Pool, now: number): number {
  if (hasFree(pool, now)) return BESIDE_FREE;
  const { least, most } = IN_PLACE_OF_START;
  return pool.startLately === null ? most : Math.min(most, Math.max(least, pool.startLately / 2));
}

/** Says that a call is over: how many milliseconds its function took, and, of a new instance, it all. */
export function callTook(pool: Pool, milliseconds: { call: number } | { start: number }): void {
  if ("start" in milliseconds) pool.startLately = milliseconds.start;
  else {
    const { lately } = pool;
    pool.lately =
      lately === null ? milliseconds.call : LATEST * milliseconds.call + (1 - LATEST) * lately;
  }
}

/** Lets the call go on that has waited for the longest. */
export function endTurn(pool: Pool): void {
  pool.ended += 1;
  pool.waiting.shift()?.();
}

/** Whether a call is under way that may still be short: who waits for another waits in vain. */
function hasCallSince({ instances }: Pool, now: number, patience: number): boolean {
  return instances.some(
    ({ occupiedUntil, working, usedAt }) =>
      occupiedUntil > now && !working && usedAt > now - patience,
  );
}
