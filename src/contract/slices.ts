/**
 * Steps of work after which all others on the thread have their turn: some ten milliseconds. They are
 * counted and not timed, since the platform's clock stands still while a Worker computes.
 */
const SLICE = 16_000;

/** Bytes that are read in the time of a step. */
const BYTES_A_STEP = 50;

let steps = 0;

/** Notes `more` steps of work, a syntax node each; resolves once the others have had their turn. */
export async function worked(more: number): Promise<void> {
  steps += more;
  if (steps < SLICE) return;
  steps = 0;
  await new Promise((resolve) => setTimeout(resolve, 0));
}

/** As `worked`, for `bytes` that were read, hashed or copied. */
export function workedOn(bytes: number): Promise<void> {
  return worked(bytes / BYTES_A_STEP);
}
