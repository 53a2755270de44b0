/**
 * Whose turn it is: one build at a time does heavy work in an isolate, the next waits as `building`.
 * Only plain data, since a promise cannot be waited for across requests.
 */
const turns = { holder: null as string | null, until: 0, waiting: new Map<string, number>() };

/** Milliseconds after which a holder that has not given its turn back is taken for dead. */
const LONGEST = 300_000;

/** Milliseconds within which who waits asks again. */
const PATIENCE = 5_000;

/** Takes the turn for `build`, or takes note that it waits and returns false. First come, first served. */
export function takeTurn(build: string, now: number): boolean {
  const { waiting } = turns;
  for (const [other, seen] of waiting) if (now - seen > PATIENCE) waiting.delete(other);
  const [first = build] = waiting.keys();
  if (turns.holder === build) return true;
  const free = turns.holder === null || now > turns.until;
  if (!free || first !== build) {
    waiting.set(build, now);
    return false;
  }
  waiting.delete(build);
  turns.holder = build;
  turns.until = now + LONGEST;
  return true;
}

export function giveTurn(build: string): void {
  turns.waiting.delete(build);
  if (turns.holder === build) turns.holder = null;
}
