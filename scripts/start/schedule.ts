/**
 * Calls `run` whenever the clock shows a multiple of `minutes`, as the platform does for the cron
 * expression `every <minutes> minutes`, one run after the other; a failure is printed. Returns what ends it.
 */
export function onSchedule(minutes: number, run: () => Promise<void>): () => void {
  const period = minutes * 60_000;
  let timer: NodeJS.Timeout;
  const wait = () => {
    timer = setTimeout(() => void tick(), period - (Date.now() % period));
  };
  const tick = async () => {
    try {
      await run();
    } catch (error) {
      console.error(`The scheduled run has failed: ${(error as Error).message}`);
    }
    if (!stopped) wait();
  };
  let stopped = false;
  wait();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
