/**
 * Calls `run` whenever the clock shows a multiple of `minutes`, as the platform does for a schedule of
 * every so many minutes, one run after the other. A failure is printed.
 */
export function onSchedule(minutes: number, run: () => Promise<void>): void {
  const period = minutes * 60_000;
  const wait = () => {
    setTimeout(() => void tick(), period - (Date.now() % period)).unref();
  };
  const tick = async () => {
    try {
      await run();
    } catch (error) {
      console.error(`The scheduled run has failed: ${(error as Error).message}`);
    }
    wait();
  };
  wait();
}
