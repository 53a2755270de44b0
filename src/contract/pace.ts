/** What a client has to keep up, whether it sends or reads. */
export type Pace = {
  /** Milliseconds that may pass without a byte. */
  stall: number;
  /** Bytes a second, over the whole, once `stall` milliseconds have passed. */
  rate: number;
};

/** A caller of an asset or function: nobody knows who it is. */
export const CALLER_PACE: Pace = { stall: 10_000, rate: 16 * 1024 };

/** Who reads an asset: a player reads as it plays, and asks for the rest again when it was broken off. */
export const READER_PACE: Pace = { stall: 60_000, rate: 1024 };

/** An account's client of the API, perhaps on a slow line. */
export const CLIENT_PACE: Pace = { stall: 30_000, rate: 4 * 1024 };

export type Deadline = {
  /** Notes that `bytes` more have moved. */
  moved(bytes: number): void;
  /** Resolves to what `step` does, or to "late" when the client falls behind before. Throws as `step`. */
  wait<Value>(step: Promise<Value>): Promise<Value | "late">;
};

/** Starts to hold a client to `pace`. Only time in which it is waited for counts. */
export function keepPace({ stall, rate }: Pace): Deadline {
  let total = 0;
  let waited = 0;
  let waitedSinceByte = 0;
  return {
    moved(bytes) {
      waitedSinceByte = 0;
      total += bytes;
    },
    async wait(step) {
      const began = Date.now();
      const left = Math.min(stall - waitedSinceByte, stall + (total / rate) * 1000 - waited);
      let timer: ReturnType<typeof setTimeout> | null = null;
      const late = new Promise<"late">((resolve) => {
        timer = setTimeout(resolve, Math.max(0, left), "late");
      });
      try {
        return await Promise.race([step, late]);
      } finally {
        clearTimeout(timer);
        const took = Date.now() - began;
        waited += took;
        waitedSinceByte += took;
      }
    },
  };
}
