import type { Pool } from "./instances.ts";

/*
 * Calls that last a millisecond overlap only since they come at the same moment. In an instance each
 * they would be served no sooner, and each instance would first have to become fast; one after the
 * other they find those that are.
 */

/** Milliseconds that a short call lasts. */
const SHORT = 5;

/** A call waits for this many others, as long as they lately took, and for so many milliseconds. */
const OTHERS = 16;
const PATIENCE = 20;

/** The share of the latest call in what calls lately took. */
const LATEST = 0.25;

/** Waits while a short call is under way, for about as long as some take. */
export async function awaitTurn(pool: Pool, now: number): Promise<void> {
  if (pool.lately > SHORT) return;
  const patience = Math.min(PATIENCE, OTHERS * Math.max(pool.lately, 1));
  if (pool.waiting.length === 0 && !hasShortCall(pool, now, patience)) return;
  let woken = () => {};
  const turn = new Promise<void>((resolve) => {
    woken = resolve;
  });
  pool.waiting.push(woken);
  const timer = setTimeout(woken, patience);
  await turn;
  clearTimeout(timer);
  pool.waiting = pool.waiting.filter((other) => other !== woken);
}

/** Says that a call is over, which lasted for some milliseconds; null where that tells nothing. */
export function endTurn(pool: Pool, lasted: number | null): void {
  if (lasted !== null) {
    pool.lately = Number.isFinite(pool.lately)
      ? LATEST * lasted + (1 - LATEST) * pool.lately
      : lasted;
  }
  pool.waiting.shift()?.();
}

/** Whether a call is under way that may still be short: who waits for another waits in vain. */
function hasShortCall({ instances }: Pool, now: number, patience: number): boolean {
  return instances.some(
    ({ occupiedUntil, working, usedAt }) =>
      occupiedUntil > now && !working && usedAt > now - patience,
  );
}
