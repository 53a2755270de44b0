import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Pool, poolOf, takeInstance } from "../../src/functions/run/instances.ts";
import { awaitTurn, endTurn } from "../../src/functions/run/turns.ts";

// Nobody's patience ends but where a test says so.
beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => void vi.useRealTimers());

let serial = 0;

/** A deployment whose calls lately took a millisecond, with one under way. */
function poolWithShortCall(): Pool {
  serial += 1;
  const pool = poolOf(`fn:turns:${serial}`, `turns:${serial}`, "ZE1");
  takeInstance(pool, 10_000, Date.now(), new Set());
  pool.lately = 1;
  return pool;
}

describe("a call that waits for a short one", () => {
  it("has its turn when that has ended, first come first", async () => {
    const pool = poolWithShortCall();
    const gone: string[] = [];
    const [first, second] = ["first", "second"].map((name) =>
      awaitTurn(pool, Date.now()).then(() => gone.push(name)),
    );
    await scheduler.wait(20);
    expect(gone).toEqual([]);
    endTurn(pool, 1);
    await first;
    await scheduler.wait(20);
    expect(gone).toEqual(["first"]);
    endTurn(pool, 1);
    await second;
    expect([gone, pool.waiting]).toEqual([["first", "second"], []]);
  });

  it("goes before one that comes when its turn has been given to it", async () => {
    const pool = poolWithShortCall();
    const gone: string[] = [];
    const first = awaitTurn(pool, Date.now()).then(() => gone.push("first"));
    for (const instance of pool.instances) instance.occupiedUntil = 0;
    endTurn(pool, 1);
    const second = awaitTurn(pool, Date.now()).then(() => gone.push("second"));
    await first;
    endTurn(pool, 1);
    await second;
    expect(gone).toEqual(["first", "second"]);
  });

  it("goes by itself when its patience ends", async () => {
    const pool = poolWithShortCall();
    const waited = awaitTurn(pool, Date.now());
    vi.setSystemTime(Date.now() + 5);
    await waited;
    expect(pool.waiting).toEqual([]);
  });

  it("waits for none that the runtime has ended while it waited", async () => {
    const pool = poolWithShortCall();
    const ended = { hasTurn: false, until: Date.now() + 4 };
    pool.waiting.push(ended);
    vi.setSystemTime(Date.now() + 5);
    takeInstance(pool, 10_000, Date.now(), new Set());
    const waited = awaitTurn(pool, Date.now());
    endTurn(pool, 1);
    await waited;
    expect([ended.hasTurn, pool.waiting]).toEqual([false, []]);
  });
});
