import { expect } from "vitest";

/** What takes less, milliseconds, is not worth a closer look. */
const NOTHING = 200;

/**
 * Fails where `work` on an input of `length` takes time that grows faster than the input: eight times
 * as much of it may take 24 times as long, where a quadratic reading takes 64. No time as such is
 * asserted; the shortest of three counts, since other work runs on the machine too.
 */
export async function expectLinearTime(
  length: number,
  work: (length: number) => unknown,
): Promise<void> {
  const whole = await shortest(length, work);
  if (whole < NOTHING) return;
  const part = await shortest(length / 8, work);
  expect(whole / Math.max(part, 1), `${whole} ms, of an eighth ${part} ms`).toBeLessThan(24);
}

async function shortest(length: number, work: (length: number) => unknown): Promise<number> {
  let time = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3 && time >= NOTHING; round++) {
    const start = Date.now();
    await work(length);
    time = Math.min(time, Date.now() - start);
  }
  return time;
}
