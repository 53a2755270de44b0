import { type Deadline, keepPace, READER_PACE } from "../contract/pace.ts";
import type { Background } from "./kv-memo.ts";
import type { ByteRange } from "./range.ts";

/** Reads a stream of exactly `size` bytes; null when it holds fewer or more. Throws when it breaks. */
export async function readWhole(body: ReadableStream, size: number): Promise<Uint8Array | null> {
  const bytes = new Uint8Array(await new Response(body).arrayBuffer());
  return bytes.byteLength === size ? bytes : null;
}

/**
 * Returns `source`, of `size` bytes, for a client, while `consume` is given a copy of it.
 *
 * Unlike `tee()`, which buffers without bound what the slower has not read, each chunk is handed to
 * both before the next is read: a client on a slow line holds one chunk in memory, not 25 MB. A
 * client that goes away, or falls behind its pace, does not stop the copy, nor a consumer that has
 * finished the client; a source that breaks off breaks both.
 */
export function copyThrough(
  source: ReadableStream,
  size: number,
  consume: (copy: ReadableStream) => Promise<unknown>,
  ctx: Background,
): ReadableStream {
  const client = new FixedLengthStream(size);
  const copy = new FixedLengthStream(size);
  const consumed: Promise<false> = consume(copy.readable).then(no, no);
  ctx.waitUntil(consumed);
  ctx.waitUntil(pumpToBoth(source, client.writable, copy.writable, consumed));
  return client.readable;
}

const no = (): false => false;

async function pumpToBoth(
  source: ReadableStream,
  clientSide: WritableStream,
  copySide: WritableStream,
  consumed: Promise<false>,
): Promise<void> {
  const reader = (source as ReadableStream<Uint8Array>).getReader();
  const client = clientSide.getWriter();
  const copy = copySide.getWriter();
  const deadline = keepPace(READER_PACE);
  let clientReads = true;
  let copyReads = true;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      [clientReads, copyReads] = await Promise.all([
        clientReads && takes(client, value, deadline),
        copyReads && Promise.race([settles(copy.write(value)), consumed]),
      ]);
      if (!clientReads && !copyReads) return await reader.cancel();
    }
    // Closing before the announced length is an error: the answer breaks off, the copy is dropped.
    // A copy that nobody reads any more never closes: a consumer that has given up ends the wait.
    await Promise.all([ends(client, deadline), Promise.race([settles(copy.close()), consumed])]);
  } catch (error) {
    await Promise.all([
      settles(client.abort(error)),
      Promise.race([settles(copy.abort(error)), consumed]),
    ]);
  }
}

/** Returns `range` of `source`, which is read no further than it needs to be. */
export function sliceOf(source: ReadableStream, range: ByteRange, ctx: Background): ReadableStream {
  const { readable, writable } = new FixedLengthStream(range.end - range.start + 1);
  ctx.waitUntil(pumpSlice(source, range, writable));
  return readable;
}

async function pumpSlice(
  source: ReadableStream,
  { start, end }: ByteRange,
  writable: WritableStream,
): Promise<void> {
  const reader = (source as ReadableStream<Uint8Array>).getReader();
  const writer = writable.getWriter();
  const deadline = keepPace(READER_PACE);
  let position = 0;
  try {
    while (position <= end) {
      const { done, value } = await reader.read();
      if (done) break;
      const from = Math.max(0, start - position);
      const to = Math.min(value.byteLength, end + 1 - position);
      position += value.byteLength;
      if (from < to && !(await takes(writer, value.subarray(from, to), deadline))) break;
    }
    // Closing before the announced length is an error: the client sees the answer break off.
    await ends(writer, deadline);
  } catch (error) {
    await settles(writer.abort(error));
  }
  await settles(reader.cancel());
}

/** Whether the client takes `bytes` in time; one that does not sees the answer break off. */
async function takes(
  client: WritableStreamDefaultWriter,
  bytes: Uint8Array,
  deadline: Deadline,
): Promise<boolean> {
  const taken = await deadline.wait(settles(client.write(bytes)));
  if (taken === "late") {
    void settles(client.abort("The client is late"));
    return false;
  }
  deadline.moved(bytes.byteLength);
  return taken;
}

async function ends(client: WritableStreamDefaultWriter, deadline: Deadline): Promise<void> {
  const closed = await deadline.wait(settles(client.close()));
  if (closed !== true) void settles(client.abort("The client is late"));
}

function settles(promise: Promise<unknown>): Promise<boolean> {
  return promise.then(
    () => true,
    () => false,
  );
}
