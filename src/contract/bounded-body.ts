import type { Hold } from "./byte-budget.ts";
import { keepPace, type Pace } from "./pace.ts";

export type BoundedBody =
  | { ok: true; body: Uint8Array }
  | { ok: false; reason: "body-too-large" | "body-broken" | "body-late" | "busy" };

/** What reading a body may take. */
export type BodyBounds = {
  /** Bytes. */
  limit: number;
  /** Holds the body's bytes, also when it has been read: the caller gives them back. */
  hold: Hold;
  pace: Pace;
  /** Called when the hold gets no more bytes; true to ask for them once again. */
  makeRoom?: () => boolean | Promise<boolean>;
  /** Called with each piece that comes. */
  progressed?: () => void;
  /** Whether the body is to be given up for another's: it is `busy` then. */
  givenUp?: () => boolean;
};

const NO_BYTES = new Uint8Array();

/** Milliseconds between two looks at whether a body that stands still is given up. */
const LOOK = 100;

/**
 * Reads the whole body of `request`, a POST; that of any other method is not read, and counts as empty.
 * The buffer grows with what comes: what a client announces costs nothing. `body-too-large` for more
 * than `limit` bytes, `body-broken` for one that does not arrive whole, `body-late` for one that falls
 * behind its pace, `busy` where the isolate holds too much already.
 */
export async function readBoundedBody(request: Request, bounds: BodyBounds): Promise<BoundedBody> {
  const { limit, hold, pace } = bounds;
  if (request.method !== "POST" || request.body === null) return { ok: true, body: NO_BYTES };
  if (Number(request.headers.get("content-length")) > limit) {
    return { ok: false, reason: "body-too-large" };
  }
  const reader = (request.body as ReadableStream<Uint8Array>).getReader();
  const refuse = (reason: (BoundedBody & { ok: false })["reason"]): BoundedBody => {
    // Not awaited: a client that sends nothing more would hold this up too.
    void reader.cancel().catch(() => {});
    hold.release();
    return { ok: false, reason };
  };
  const deadline = keepPace(pace);
  let buffer = new Uint8Array(0);
  let size = 0;
  try {
    for (;;) {
      const next = deadline.wait(reader.read());
      const read = await (bounds.givenUp ? unlessGivenUp(next, bounds.givenUp) : next);
      if (read === "late") return refuse("body-late");
      if (read === "given-up") return refuse("busy");
      if (read.done) break;
      const chunk = read.value;
      if (size + chunk.byteLength > limit) return refuse("body-too-large");
      const capacity = Math.min(limit, Math.max(size + chunk.byteLength, 2 * buffer.byteLength));
      if (size + chunk.byteLength > buffer.byteLength) {
        while (!hold.resize(capacity)) {
          if (!(await bounds.makeRoom?.())) return refuse("busy");
        }
        buffer = new Uint8Array(buffer.buffer.transfer(capacity));
      }
      buffer.set(chunk, size);
      size += chunk.byteLength;
      deadline.moved(chunk.byteLength);
      bounds.progressed?.();
    }
  } catch {
    return refuse("body-broken");
  }
  // Whole, not as a part of a larger one: what hands it on would hand that on too.
  hold.resize(size);
  return { ok: true, body: new Uint8Array(buffer.buffer.transfer(size)) };
}

/** Resolves as `next` does, or to "given-up" where the body is by then, or before. */
async function unlessGivenUp<Value>(
  next: Promise<Value>,
  givenUp: () => boolean,
): Promise<Value | "given-up"> {
  for (;;) {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const look = new Promise<"look">((resolve) => {
      timer = setTimeout(resolve, LOOK, "look");
    });
    const first = await Promise.race([next, look]).finally(() => clearTimeout(timer));
    if (givenUp()) return "given-up";
    if (first !== "look") return first;
  }
}
