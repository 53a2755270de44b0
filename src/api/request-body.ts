import { keepPace, type Pace } from "../contract/pace.ts";

/** The body of a request that may be answered before all of it has come. */
export type RequestBody = {
  /**
   * The body from where it was last read; leaving the loop leaves the rest to be read. A chunk holds
   * until the next one is asked for: all are read into one buffer, as garbage of a body's size would
   * be half of what an isolate has. Throws where the client goes away or is late.
   */
  chunks: AsyncIterable<Uint8Array>;
  /** Whether the client fell behind its pace; nothing more is read then. */
  readonly late: boolean;
  /** Reads what is still to come and drops it. */
  drain(): Promise<void>;
};

/** Bytes asked for at once: at first, and once they come in such pieces. */
const FIRST_CHUNK = 4 * 1024;
const LARGEST_CHUNK = 64 * 1024;

/** What is read of a refused body before the connection is given up. */
const MAX_DRAINED = 64 * 1024 * 1024;

/** Opens the body of `request`, whose client has to keep up `pace`; one without a body is an empty one. */
export function openBody(request: Request, pace: Pace): RequestBody {
  const reader = request.body?.getReader({ mode: "byob" });
  const deadline = keepPace(pace);
  let buffer = new ArrayBuffer(FIRST_CHUNK);
  let ended = reader === undefined;
  let late = false;

  async function next(): Promise<IteratorResult<Uint8Array>> {
    if (ended || reader === undefined) return { done: true, value: undefined };
    const read = await deadline.wait(reader.read(new Uint8Array(buffer)));
    if (read === "late") {
      late = true;
      ended = true;
      void reader.cancel().catch(() => {});
      throw new Error("the client is late");
    }
    ended = read.done;
    if (!read.value || read.done) return { done: true, value: undefined };
    const { value } = read;
    deadline.moved(value.byteLength);
    // A read takes the buffer away and gives it back with the chunk.
    const filled = value.byteLength === value.buffer.byteLength;
    buffer =
      filled && value.byteLength < LARGEST_CHUNK
        ? new ArrayBuffer(2 * value.byteLength)
        : (value.buffer as ArrayBuffer);
    return { done: false, value };
  }

  return {
    chunks: { [Symbol.asyncIterator]: () => ({ next }) },
    get late() {
      return late;
    },
    async drain() {
      for (let drained = 0; drained < MAX_DRAINED; ) {
        const { done, value } = await next();
        if (done) return;
        drained += value.byteLength;
      }
    },
  };
}

/**
 * Returns `response` as one that is whole at once for the client, while the rest of the request's
 * body is read behind it. A server that answers and does not read breaks the connection under a
 * client that still sends, and most clients then never see the answer.
 */
export async function answerBeforeBody(
  response: Response,
  body: RequestBody,
  ctx: Pick<ExecutionContext, "waitUntil">,
): Promise<Response> {
  const content = new Uint8Array(await response.arrayBuffer());
  const { readable, writable } = new FixedLengthStream(content.byteLength);
  const writer = writable.getWriter();
  const behind = async () => {
    await writer.write(content);
    // Fails where the client goes away; the answer is whole all the same.
    await body.drain().catch(() => {});
    await writer.close();
  };
  ctx.waitUntil(behind().catch(() => {}));
  return new Response(readable, response);
}
