import { setTimeout } from "node:timers/promises";

/** How often, and how long between. */
export type Patience = {
  /** In all, the first included. */
  attempts: number;
  /** Milliseconds before the second attempt; each further one waits twice as long. */
  pause: number;
};

export const PATIENCE: Patience = { attempts: 6, pause: 500 };

/** The longest wait that is granted to a Retry-After, and that the doubling comes to, milliseconds. */
const LONGEST_PAUSE = 60_000;

/** What went wrong with a call: an answer's status, none where no answer came. */
type CallFailure = { status?: number; retryAfter?: string | undefined; code?: unknown };

/** What the network did to a request; others (a name that nobody has) do not pass. */
const PASSING = new Set(["ECONNRESET", "ECONNREFUSED", "ECONNABORTED", "EPIPE", "ETIMEDOUT"]);

/**
 * Returns what `work` returns, trying again after 429, 5xx and a broken connection, as long as
 * Retry-After says (RFC 9110, 10.2.3) or, without one, twice as long each time. `work` is given the
 * number of failed attempts: what it did may have been done although it failed. Throws its last error.
 */
export async function withRetries<Result>(
  work: (failed: number) => Promise<Result>,
  patience: Patience = PATIENCE,
): Promise<Result> {
  for (let failed = 0; ; ) {
    try {
      return await work(failed);
    } catch (error) {
      failed += 1;
      if (failed >= patience.attempts || !passes(error as CallFailure)) throw error;
      await setTimeout(wait(error as CallFailure, failed, patience.pause));
    }
  }
}

/** Whether the same call may well succeed later. */
function passes({ status, code }: CallFailure): boolean {
  if (typeof status === "number") return status === 429 || status >= 500;
  return PASSING.has(String(code));
}

function wait({ retryAfter }: CallFailure, failed: number, pause: number): number {
  const said = retryAfter === undefined ? null : retryAfterMilliseconds(retryAfter);
  // Several calls that failed together do not come again together.
  const own = pause * 2 ** (failed - 1) * (0.75 + Math.random() / 2);
  return Math.min(said ?? own, LONGEST_PAUSE);
}

/** Seconds, or a date; null for what is neither. */
export function retryAfterMilliseconds(value: string, now = Date.now()): number | null {
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
