import type { Hold } from "./byte-budget.ts";
import { keepPace, type Pace } from "./pace.ts";

/** An answer up to this size fits into a socket's buffer, and is gone at once. */
const SMALL = 64 * 1024;

/** Bytes handed on at a time. */
const PIECE = 64 * 1024;

/**
 * Returns `bytes` as the body of an answer, held in `hold` until the client has read it or has fallen
 * behind `pace`, which breaks the answer off; null where the hold gets no room for it. What is small is
 * not held.
 */
export function heldAnswer(
  bytes: Uint8Array<ArrayBuffer>,
  hold: Hold,
  pace: Pace,
  ctx: { waitUntil(promise: Promise<unknown>): void },
): Uint8Array<ArrayBuffer> | ReadableStream | null {
  if (bytes.byteLength <= SMALL) {
    hold.release();
    return bytes;
  }
  // It may be held already, in a buffer that is larger.
  if (!hold.resize(Math.max(hold.bytes, bytes.byteLength))) return null;
  const { readable, writable } = new FixedLengthStream(bytes.byteLength);
  ctx.waitUntil(hand(bytes, writable, pace).finally(() => hold.release()));
  return readable;
}

async function hand(bytes: Uint8Array, writable: WritableStream, pace: Pace): Promise<void> {
  const writer = writable.getWriter();
  const deadline = keepPace(pace);
  try {
    for (let at = 0; at < bytes.byteLength; at += PIECE) {
      const piece = bytes.subarray(at, at + PIECE);
      if ((await deadline.wait(writer.write(piece))) === "late") throw new Error("reader is late");
      deadline.moved(piece.byteLength);
    }
    await deadline.wait(writer.close());
  } catch (error) {
    // The client has gone away, or is too slow: it sees the answer break off.
    await writer.abort(error).catch(() => {});
  }
}
