import { afterEach, describe, expect, it, vi } from "vitest";
import { isLarge, turnToStart } from "../../src/functions/run/starts.ts";
import type { FunctionCall } from "../../src/functions/runner/protocol.ts";

const call = (given: Partial<FunctionCall>) =>
  ({ body: null, query: "", headers: [], ...given }) as unknown as FunctionCall;

describe("a call that goes alone", () => {
  it.each<[string, Partial<FunctionCall>, boolean]>([
    ["a webhook of Twilio's", { body: new Uint8Array(2_000), query: "a=1" }, false],
    ["a body of 64 KiB", { body: new Uint8Array(65_536) }, false],
    ["a larger body", { body: new Uint8Array(65_537) }, true],
    ["cookies of 9 KB", { headers: [["cookie", "a".repeat(9_000)]] }, true],
    ["a query of 9 KB", { query: "a=1&".repeat(2_250) }, true],
  ])("%s", (_, given, expected) => {
    expect(isLarge(call(given))).toBe(expected);
  });
});

describe("places of those who start", () => {
  afterEach(() => void vi.useRealTimers());

  /** How many of `count` have begun at once, none of which ends. */
  async function begunOf(count: number, isLarge: () => boolean): Promise<number> {
    vi.useFakeTimers({ toFake: ["Date"] });
    let begun = 0;
    const ends: (() => void)[] = [];
    const all = Array.from({ length: count }, async () => {
      const end = await turnToStart(isLarge);
      begun += 1;
      ends.push(end);
    });
    await scheduler.wait(30);
    const atOnce = begun;
    // Each makes way for the next after a while.
    for (; begun < count; await scheduler.wait(10)) vi.setSystemTime(Date.now() + 21);
    await Promise.all(all);
    for (const end of ends) end();
    return atOnce;
  }

  it("are two, and one for what is large", async () => {
    expect(await begunOf(4, () => false)).toBe(2);
    expect(await begunOf(4, () => true)).toBe(1);
  });
});
