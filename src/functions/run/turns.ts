import { freeInstances, type Pool, type Waiting } from "./instances.ts";

/*
 * Calls that last a millisecond overlap only since they come at the same moment. In an instance each
 * they would be served no sooner: each would have to be started, which holds everybody up. So a call
 * waits for others as long as that is the shorter way.
 */

/** Milliseconds, at least and at most, that a call waits in place of starting an instance. */
const PATIENCE = { least: 20, most: 250 };

/** Milliseconds that a start takes, where none is known. */
const START = 100;

/** Milliseconds that a call takes at least: where nothing but code runs, the clock stands still. */
const SHORTEST = 1;

/** The share of the latest call in what calls lately took. */
const LATEST = 0.25;

/**
 * Looks for a free instance, at least, in the time that a call waits. Counted, not timed: while the
 * thread is held, nobody's call ends.
 */
const LOOKS = 4;

/** Times that a call waits its time, as long as calls before it end. */
const MOST_TIMES = 4;

/** Milliseconds after which a call no longer counts as waiting: its request was ended by the runtime. */
const LAPSE = 2_000;

/** Milliseconds in which nobody waits after somebody did so in vain: calls may wait for one another. */
const IMPATIENT = 10_000;

/** Waits while no instance is free, and calls before this one take less than another would to start. */
export async function awaitTurn(pool: Pool, now: number): Promise<void> {
  if (now < pool.patientFrom || freeInstances(pool, now) > 0) return;
  const start = pool.startLately ?? START;
  const patience = Math.min(PATIENCE.most, Math.max(PATIENCE.least, start / 2));
  const each = Math.max(pool.lately ?? SHORTEST, SHORTEST);
  if (pool.waiting.length > 0) pool.waiting = pool.waiting.filter(({ until }) => until > now);
  const place = pool.waiting.length + 1;
  if (place * each > patience) return;
  if (place === 1 && !hasCallSince(pool, now, patience)) return;
  // What all have waited would have paid for a start, which all wait for.
  if (pool.waited > start * place) {
    pool.waited = 0;
    return;
  }
  const call = { until: now + LAPSE };
  pool.waiting.push(call);
  await freed(pool, call, each, patience);
  pool.waiting = pool.waiting.filter((other) => other !== call);
}

/** Waits until there is an instance for `call`, or no other call ends any more. */
async function freed(pool: Pool, call: Waiting, each: number, patience: number): Promise<void> {
  let { ended } = pool;
  for (let waited = 0, idle = 0; waited < MOST_TIMES * patience; ) {
    const before = Math.max(pool.waiting.indexOf(call), 0);
    const pause = Math.min((before + 1) * each, patience / LOOKS);
    await scheduler.wait(pause);
    waited += pause;
    pool.waited += pause;
    const now = Date.now();
    if (freeInstances(pool, now) > before) return;
    idle = pool.ended === ended ? idle + pause : 0;
    ({ ended } = pool);
    if (idle < patience) continue;
    pool.patientFrom = now + IMPATIENT;
    return;
  }
}

/** Says that a call is over: how many milliseconds its function took, and, of a new instance, it all. */
export function callTook(pool: Pool, milliseconds: { call: number } | { start: number }): void {
  pool.ended += 1;
  if ("start" in milliseconds) pool.startLately = milliseconds.start;
  else {
    const { lately } = pool;
    pool.lately =
      lately === null ? milliseconds.call : LATEST * milliseconds.call + (1 - LATEST) * lately;
  }
}

/** Whether a call is under way that may still be short: who waits for another waits in vain. */
function hasCallSince({ instances }: Pool, now: number, patience: number): boolean {
  return instances.some(
    ({ occupiedUntil, working, usedAt }) =>
      occupiedUntil > now && !working && usedAt > now - patience,
  );
}
