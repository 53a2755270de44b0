import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { copyThrough, sliceOf } from "../../src/gateway/streams.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"] });
});
afterEach(() => void vi.useRealTimers());

const SIZE = 200_000;

function source(): ReadableStream {
  let left = SIZE / 1_000;
  return new ReadableStream({
    pull(controller) {
      if (left-- > 0) controller.enqueue(new Uint8Array(1_000).fill(5));
      else controller.close();
    },
  });
}

/** Lets time pass, and what waits for it run, for so many seconds. */
async function pass(seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    await vi.advanceTimersByTimeAsync(1_000);
    await scheduler.wait(1);
  }
}

describe("a client that reads nothing for a minute", () => {
  it("is broken off; the copy is whole all the same", async () => {
    const ctx = createExecutionContext();
    let copied = 0;
    const consume = async (copy: ReadableStream) => {
      copied = (await new Response(copy).arrayBuffer()).byteLength;
    };
    const client = copyThrough(source(), SIZE, consume, ctx);
    const reader = client.getReader();
    expect((await reader.read()).value).toHaveLength(1_000);
    await pass(50);
    expect(copied).toBe(0);
    await pass(20);
    await waitOnExecutionContext(ctx);
    expect(copied).toBe(SIZE);
    await expect(
      (async () => {
        while (!(await reader.read()).done);
      })(),
    ).rejects.toThrow();
  });

  it("is broken off in the middle of a range, too", async () => {
    const ctx = createExecutionContext();
    const client = sliceOf(source(), { start: 500, end: 100_000 }, ctx);
    await pass(70);
    await waitOnExecutionContext(ctx);
    await expect(new Response(client).arrayBuffer()).rejects.toThrow();
  });

  it("but reads a piece now and then, is served to the end", async () => {
    const ctx = createExecutionContext();
    const reader = sliceOf(source(), { start: 0, end: 3_499 }, ctx).getReader();
    let read = 0;
    for (;;) {
      await pass(2);
      const { done, value } = await reader.read();
      if (done) break;
      read += value.byteLength;
    }
    await waitOnExecutionContext(ctx);
    expect(read).toBe(3_500);
  });
});
