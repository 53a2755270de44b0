/** KV and R2 take one write a second to a key; what comes sooner they refuse. */
const PAUSE_MILLISECONDS = 1_100;

const ATTEMPTS = 4;

/** "KV PUT failed: 429 Too Many Requests", and R2's code for the same. */
const TOO_SOON = /\b429\b|\(10058\)/;

/**
 * Runs `write`, a put or delete of one key of KV or one that R2 may be given twice, again after a
 * pause where it was refused for its pace; every other failure is thrown as it came.
 */
export async function pacedWrite(write: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await write();
    } catch (error) {
      if (attempt === ATTEMPTS || !isTooSoon(error)) throw error;
      await scheduler.wait(PAUSE_MILLISECONDS);
    }
  }
}

/** Whether a write was refused for its pace alone. */
export function isTooSoon(error: unknown): boolean {
  return TOO_SOON.test(String(error));
}
