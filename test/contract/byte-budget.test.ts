import { afterEach, describe, expect, it, vi } from "vitest";
import { ByteBudget } from "../../src/contract/byte-budget.ts";

afterEach(() => vi.useRealTimers());

describe("a budget of bytes", () => {
  it.each([
    ["one alone has half", ["a"], [60]],
    ["two have a third each", ["a", "b"], [40, 40]],
    ["three have a quarter each", ["a", "b", "c"], [30, 30, 30]],
  ])("%s", (_, holders, expected) => {
    const budget = new ByteBudget(120);
    const holds = holders.map((holder) => budget.open(holder));
    // Each takes byte after byte, in turn, for as long as anybody gets one.
    const step = () => holds.map((hold) => hold.resize(hold.bytes + 1)).includes(true);
    while (step());
    expect(holds.map(({ bytes }) => bytes)).toEqual(expected);
  });

  it("leaves some to whoever comes when all others have taken what they can", () => {
    const budget = new ByteBudget(120);
    for (const holder of ["a", "b", "c"]) {
      const hold = budget.open(holder);
      while (hold.resize(hold.bytes + 1));
    }
    expect(budget.open("d").resize(7)).toBe(true);
  });

  it("counts all that one holder has open", () => {
    const budget = new ByteBudget(100);
    expect([1, 2, 3].map(() => budget.open("a").resize(20))).toEqual([true, true, false]);
    expect(budget.taken).toBe(40);
  });

  it("takes back what is given back, once", () => {
    const budget = new ByteBudget(100);
    const hold = budget.open("a");
    hold.resize(50);
    hold.resize(10);
    expect([hold.bytes, budget.taken]).toEqual([10, 10]);
    hold.release();
    hold.release();
    expect([hold.bytes, budget.taken]).toEqual([0, 0]);
    expect(budget.open("a").resize(50)).toBe(true);
  });

  it("changes nothing where it refuses", () => {
    const budget = new ByteBudget(100);
    const hold = budget.open("a");
    hold.resize(30);
    expect([hold.resize(51), hold.bytes, budget.taken]).toEqual([false, 30, 30]);
  });

  it("counts as given back what nobody has touched for fifteen minutes", () => {
    vi.useFakeTimers();
    const budget = new ByteBudget(100);
    const forgotten = budget.open("a");
    forgotten.resize(25);
    const used = budget.open("a");
    used.resize(20);
    vi.advanceTimersByTime(14 * 60_000);
    used.resize(21);
    expect(budget.open("a").resize(25)).toBe(false);
    vi.advanceTimersByTime(2 * 60_000);
    expect(budget.open("a").resize(25)).toBe(true);
    expect([forgotten.bytes, used.bytes, budget.taken]).toEqual([0, 21, 46]);
  });
});
