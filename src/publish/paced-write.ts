/** KV takes one write a second to a key; what comes sooner it refuses with 429. */
const PAUSE_MILLISECONDS = 1_100;

const ATTEMPTS = 4;

/**
 * Runs `write`, a put or delete of one KV key, again after a pause where KV refused it for its
 * pace; every other failure is thrown as it came.
 */
export async function pacedWrite(write: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await write();
    } catch (error) {
      if (attempt === ATTEMPTS || !/\b429\b/.test(String(error))) throw error;
      await scheduler.wait(PAUSE_MILLISECONDS);
    }
  }
}
