/** Milliseconds between two looks for room. */
const INTERVAL = 20;

/** Returns what waits a moment and says true, until `milliseconds` have passed in all: then false. */
export function patience(milliseconds: number): () => Promise<boolean> {
  const end = Date.now() + milliseconds;
  return async () => {
    if (Date.now() >= end) return false;
    await new Promise((resolve) => setTimeout(resolve, INTERVAL));
    return true;
  };
}
