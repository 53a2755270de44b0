import type { FunctionCall } from "../runner/protocol.ts";

/** Instances that one isolate starts at once: to compile one holds everybody up for some milliseconds. */
const AT_ONCE = 2;

/** Milliseconds after which a start makes way for the next, whether or not there is an answer. */
const PLACE_FOR = 20;

/** A place is kept for a millisecond more for so many bytes of a body: they have to be read first. */
const BYTES_A_MILLISECOND = 32 * 1024;

/** Milliseconds between two looks: what another request resolves wakes nobody up. */
const PAUSE = 5;

/** Looks for a turn, at most. Counted, not timed: while the thread is held, nobody's turn passes. */
const LOOKS = 400;

/** When each start under way gives its place up. Only plain data: it outlives requests. */
const places = new Map<object, number>();

/** Bytes of a call's body, and of its query and header fields, that take longer to read than most functions. */
const LARGE_BODY = 64 * 1024;
const LARGE_HEAD = 8 * 1024;

/** Bytes of an answer that take as long to write. */
export const LARGE_ANSWER = 256 * 1024;

/**
 * Whether an instance takes some milliseconds, or hundreds of them, to read a call. Those begin one
 * after the other: thirty in a row would hold everybody up for thirty times as long.
 */
export function isLarge({ body, query, headers }: FunctionCall): boolean {
  if (body !== null && body.byteLength > LARGE_BODY) return true;
  const size = headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  return size + query.length > LARGE_HEAD;
}

/**
 * Waits for a turn to start an instance, or to hand on a call that `isLarge`, as it may turn out to be
 * meanwhile: that goes alone. `bytes` are those of its body. What it returns gives the place to the next.
 */
export async function turnToStart(isLarge: () => boolean, bytes = 0): Promise<() => void> {
  for (let look = 0; look < LOOKS; look++) {
    const now = Date.now();
    for (const [place, until] of places) if (until <= now) places.delete(place);
    if (places.size < (isLarge() ? 1 : AT_ONCE)) break;
    await scheduler.wait(PAUSE);
  }
  const place = {};
  places.set(place, Date.now() + PLACE_FOR + bytes / BYTES_A_MILLISECOND);
  return () => void places.delete(place);
}
