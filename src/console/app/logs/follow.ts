/** Asking again and again, as long as somebody looks. */

/** How soon, milliseconds: when something came, when nothing does any more, when it fails. */
const SOON = 2_000;
const IDLE = 5_000;
const FAILING = 30_000;

/**
 * Calls `read` until `signal`; while the page is hidden it waits. `read` tells whether something came:
 * the wait grows from SOON to IDLE while nothing does, and to FAILING while it throws.
 */
export async function follow(
  read: () => Promise<boolean>,
  onFailure: (error: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
  let wait = SOON;
  while (!signal.aborted) {
    await untilVisible(signal);
    try {
      wait = (await read()) ? SOON : Math.min(wait * 1.5, IDLE);
    } catch (error) {
      if (signal.aborted) return;
      onFailure(error);
      wait = Math.min(wait * 2, FAILING);
    }
    await pauseOrReturn(wait, signal);
  }
}

/** Resolves when the page is seen, at once when it is. */
function untilVisible(signal: AbortSignal): Promise<void> {
  if (!document.hidden) return Promise.resolve();
  return new Promise((resolve) => {
    const listen = () => {
      if (document.hidden) return;
      document.removeEventListener("visibilitychange", listen);
      resolve();
    };
    document.addEventListener("visibilitychange", listen, { signal });
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Resolves after `milliseconds`, or sooner: when the person comes back to the page, or at `signal`. */
function pauseOrReturn(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = new AbortController();
    const done = () => {
      clearTimeout(timer);
      end.abort();
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    const options = { signal: end.signal };
    document.addEventListener("visibilitychange", () => !document.hidden && done(), options);
    signal.addEventListener("abort", done, options);
  });
}
