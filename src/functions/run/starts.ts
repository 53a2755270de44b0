/** Instances that one isolate starts at once: to compile one holds everybody up for some milliseconds. */
const AT_ONCE = 2;

/** Milliseconds after which a start makes way for the next, whether or not there is an answer. */
const PLACE_FOR = 20;

/** Milliseconds that a call waits for its turn at most. */
const PATIENCE = 2_000;

/** Milliseconds between two looks: what another request resolves wakes nobody up. */
const PAUSE = 5;

/** When each start under way gives its place up. Only plain data: it outlives requests. */
const places = new Map<object, number>();

/** Waits for a turn to start an instance; what it returns gives the place to the next. */
export async function turnToStart(): Promise<() => void> {
  const began = Date.now();
  for (let now = began; now < began + PATIENCE; now = Date.now()) {
    for (const [place, until] of places) if (until <= now) places.delete(place);
    if (places.size < AT_ONCE) break;
    await scheduler.wait(PAUSE);
  }
  const place = {};
  places.set(place, Date.now() + PLACE_FOR);
  return () => void places.delete(place);
}
