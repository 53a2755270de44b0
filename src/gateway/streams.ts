import type { Background } from "./kv-memo.ts";
import type { ByteRange } from "./range.ts";

/** Reads a stream of exactly `size` bytes; null when it holds fewer or more. Throws when it breaks. */
export async function readWhole(body: ReadableStream, size: number): Promise<Uint8Array | null> {
  const bytes = new Uint8Array(await new Response(body).arrayBuffer());
  return bytes.byteLength === size ? bytes : null;
}

/**
 * Reads `source` once for two readers, `client` and `copy`, both of `size` bytes.
 *
 * Unlike `tee()`, which buffers without bound what the slower has not read, each chunk is handed to
 * both before the next is read: a client on a slow line holds one chunk in memory, not 25 MB. A
 * client that goes away does not stop the copy; a source that breaks off breaks both.
 */
export function copyThrough(
  source: ReadableStream,
  size: number,
  ctx: Background,
): { client: ReadableStream; copy: ReadableStream } {
  const client = new FixedLengthStream(size);
  const copy = new FixedLengthStream(size);
  ctx.waitUntil(pumpToBoth(source, client.writable, copy.writable));
  return { client: client.readable, copy: copy.readable };
}

async function pumpToBoth(
  source: ReadableStream,
  first: WritableStream,
  second: WritableStream,
): Promise<void> {
  const reader = (source as ReadableStream<Uint8Array>).getReader();
  let writers = [first.getWriter(), second.getWriter()];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const written = await Promise.all(writers.map((writer) => settles(writer.write(value))));
      writers = writers.filter((_, index) => written[index]);
      if (writers.length === 0) return await reader.cancel();
    }
    await Promise.all(writers.map((writer) => settles(writer.close())));
  } catch (error) {
    await Promise.all(writers.map((writer) => settles(writer.abort(error))));
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
  let position = 0;
  try {
    while (position <= end) {
      const { done, value } = await reader.read();
      if (done) break;
      const from = Math.max(0, start - position);
      const to = Math.min(value.byteLength, end + 1 - position);
      position += value.byteLength;
      if (from < to) await writer.write(value.subarray(from, to));
    }
    // Closing before the announced length is an error: the client sees the answer break off.
    await writer.close();
  } catch (error) {
    await settles(writer.abort(error));
  }
  await settles(reader.cancel());
}

function settles(promise: Promise<unknown>): Promise<boolean> {
  return promise.then(
    () => true,
    () => false,
  );
}
