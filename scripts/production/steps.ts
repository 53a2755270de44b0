import { explain } from "./explain.ts";
import { DeployFailure } from "./failure.ts";
import { WranglerFailure } from "./wrangler.ts";

/** Waits until a person has done what was said; null where there is nobody to wait for. */
export type Pause = ((said: string) => Promise<void>) | null;

const GOES_ON = "Then run this again: it goes on where it stopped.";

/**
 * Does `step`, and does it again when what stopped it is something that a person can press in the
 * dashboard and has pressed. Throws DeployFailure with the sentence where there is no person.
 */
export async function withExplanations<Result>(
  step: () => Promise<Result>,
  pause: Pause,
): Promise<Result> {
  for (;;) {
    try {
      return await step();
    } catch (error) {
      const sentence = error instanceof WranglerFailure ? explain(error.output) : null;
      if (sentence === null) throw error;
      if (pause === null) throw new DeployFailure(`${sentence}\n${GOES_ON}`);
      await pause(sentence);
    }
  }
}
