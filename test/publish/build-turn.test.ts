import { beforeEach, describe, expect, it, vi } from "vitest";

let takeTurn: typeof import("../../src/publish/build-turn.ts").takeTurn;
let giveTurn: typeof import("../../src/publish/build-turn.ts").giveTurn;

/** As a new isolate has it: builds of tests before this one may still have theirs. */
beforeEach(async () => {
  vi.resetModules();
  ({ takeTurn, giveTurn } = await import("../../src/publish/build-turn.ts"));
});

describe("the turn of an isolate", () => {
  it("is one build's; the others have it in the order in which they came", () => {
    expect(takeTurn("a", 0)).toBe(true);
    expect([takeTurn("b", 1), takeTurn("c", 2), takeTurn("a", 3)]).toEqual([false, false, true]);
    giveTurn("a");
    expect([takeTurn("c", 4), takeTurn("b", 5), takeTurn("c", 6)]).toEqual([false, true, false]);
    giveTurn("b");
    expect(takeTurn("c", 7)).toBe(true);
  });

  it("does not wait for one that asks no more", () => {
    expect([takeTurn("a", 0), takeTurn("b", 1)]).toEqual([true, false]);
    giveTurn("a");
    expect([takeTurn("c", 2), takeTurn("c", 5_002)]).toEqual([false, true]);
  });

  it("is taken from a holder that has not given it back in five minutes", () => {
    expect([takeTurn("a", 0), takeTurn("b", 300_000)]).toEqual([true, false]);
    expect(takeTurn("b", 300_001)).toBe(true);
  });
});
