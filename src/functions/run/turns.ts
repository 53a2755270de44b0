import type { Pool } from "./instances.ts";

/*
 * Calls that last a millisecond overlap only since they come at the same moment. In an instance each
 * they would be served no sooner, and each instance would first have to become fast; one after the
 * other they find those that are.
 */

/** Milliseconds that a short call lasts. */
const SHORT = 5;

/** A call waits for this many others, as long as they lately took. */
const OTHERS = 4;

/** The share of the latest call in what calls lately took. */
const LATEST = 0.25;

/** Milliseconds between two looks: what another request resolves wakes nobody up (docs/architecture.md). */
const PAUSE = 1;

/** A call that waits for its turn. Only plain data: it outlives requests. */
export type Waiting = { hasTurn: boolean; until: number };

/** Waits while a short call is under way, for about as long as some take. */
export async function awaitTurn(pool: Pool, now: number): Promise<void> {
  if (pool.lately > SHORT) return;
  const patience = OTHERS * Math.max(pool.lately, 1);
  if (!pool.waiting.some(({ until }) => until > now) && !hasShortCall(pool, now, patience)) return;
  const call: Waiting = { hasTurn: false, until: now + patience };
  pool.waiting.push(call);
  while (!call.hasTurn && Date.now() < call.until)
    await scheduler.wait(pool.waiting[0] === call ? 0 : PAUSE);
  pool.waiting = pool.waiting.filter((other) => other !== call);
}

/** Says that a call is over, which lasted for some milliseconds; null where that tells nothing. */
export function endTurn(pool: Pool, lasted: number | null): void {
  if (lasted !== null) {
    pool.lately = Number.isFinite(pool.lately)
      ? LATEST * lasted + (1 - LATEST) * pool.lately
      : lasted;
  }
  const now = Date.now();
  // One that has waited long enough goes by itself, or was ended by the runtime.
  pool.waiting = pool.waiting.filter(({ until }) => until > now);
  const next = pool.waiting.find(({ hasTurn }) => !hasTurn);
  // It stays among them until it has seen it: nobody who comes in between goes first.
  if (next !== undefined) next.hasTurn = true;
}

/** Whether a call is under way that may still be short: who waits for another waits in vain. */
function hasShortCall({ instances }: Pool, now: number, patience: number): boolean {
  return instances.some(
    ({ occupiedUntil, working, usedAt }) =>
      occupiedUntil > now && !working && usedAt > now - patience,
  );
}
