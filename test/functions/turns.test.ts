import { describe, expect, it } from "vitest";
import {
  type Pool,
  poolOf,
  returnInstance,
  type Taken,
  takeInstance,
} from "../../src/functions/run/instances.ts";
import { awaitTurn, callTook } from "../../src/functions/run/turns.ts";

let pools = 0;

/** A pool whose functions lately took `call` milliseconds, and its instances `start` to start. */
function pool({ call, start }: { call?: number; start?: number } = {}): Pool {
  const made = poolOf(`turns-${pools++}`, "deployment", "ZE");
  if (start !== undefined) callTook(made, { start });
  if (call !== undefined) callTook(made, { call });
  return made;
}

/** A call of `of` that is under way, since `since` milliseconds before `now`. */
function underWay(of: Pool, now: number, since = 0) {
  const taken = takeInstance(of, 10_000, now - since, new Set());
  if (taken === null) throw new Error("no instance");
  return taken.instance;
}

/** What has happened to a wait by the time that everything at hand is done. */
async function stateOf(wait: Promise<void>): Promise<"waits" | "goes"> {
  const soon = new Promise<"waits">((resolve) => setTimeout(() => resolve("waits"), 0));
  return Promise.race([wait.then(() => "goes" as const), soon]);
}

describe("a call", () => {
  it.each<[string, "waits" | "goes", () => Pool]>([
    ["that is alone", "goes", () => pool({ call: 1, start: 200 })],
    ["after another that began just now", "waits", () => withCall(pool({ call: 1, start: 200 }))],
    [
      "after another that began long ago",
      "goes",
      () => withCall(pool({ call: 1, start: 200 }), 5_000),
    ],
    ["after the first of all", "waits", () => withCall(pool())],
    [
      "after one of a function that takes longer than to start an instance",
      "goes",
      () => withCall(pool({ call: 150, start: 200 })),
    ],
    [
      "after one of a function that takes less than to start an instance",
      "waits",
      () => withCall(pool({ call: 50, start: 200 })),
    ],
    ["where an instance is free", "goes", () => withFree(pool({ call: 1, start: 200 }))],
    [
      "where others have waited for as long as all would for another instance",
      "goes",
      () => Object.assign(withCall(pool({ call: 1, start: 200 })), { waited: 201 }),
    ],
  ])("%s", async (_name, state, made) => {
    expect(await stateOf(awaitTurn(made(), Date.now()))).toBe(state);
  });

  it("goes on where those before it take longer together than to start an instance", async () => {
    const of = withCall(pool({ call: 30, start: 200 }));
    const waits = Array.from({ length: 5 }, () => awaitTurn(of, Date.now()));
    expect(await Promise.all(waits.map(stateOf))).toEqual([
      "waits",
      "waits",
      "waits",
      "goes",
      "goes",
    ]);
  });

  it("goes on when an instance is free, first come first", async () => {
    const of = pool({ call: 1, start: 400 });
    const instance = underWay(of, Date.now());
    const order: number[] = [];
    const waits = [1, 2, 3].map(async (n) => {
      await awaitTurn(of, Date.now());
      order.push(n);
      // It takes the instance, and ends.
      const { instance } = takeInstance(of, 10_000, Date.now(), new Set()) as Taken;
      await scheduler.wait(5);
      callTook(of, { call: 1 });
      returnInstance(instance, "idle", Date.now(), 0);
    });
    callTook(of, { call: 1 });
    returnInstance(instance, "idle", Date.now(), 0);
    await Promise.all(waits);
    expect(order).toEqual([1, 2, 3]);
    expect([of.waiting, of.instances.length]).toEqual([[], 1]);
  });

  it("goes on where no call ends, and no other waits for some time", async () => {
    const of = withCall(pool({ call: 1, start: 1 }));
    await awaitTurn(of, Date.now());
    expect(of.waiting).toEqual([]);
    expect(await stateOf(awaitTurn(of, Date.now()))).toBe("goes");
    const later = Date.now() + 60_000;
    underWay(of, later);
    of.waited = 0;
    expect(await stateOf(awaitTurn(of, later))).toBe("waits");
  });

  it("does not wait behind one whose request the runtime has ended", async () => {
    const of = withCall(pool({ call: 30, start: 100 }));
    of.waiting.push({ until: Date.now() - 1 });
    expect(await stateOf(awaitTurn(of, Date.now()))).toBe("waits");
    expect(of.waiting).toHaveLength(1);
  });
});

function withCall(of: Pool, since = 0): Pool {
  underWay(of, Date.now(), since);
  return of;
}

function withFree(of: Pool): Pool {
  const now = Date.now();
  const instance = underWay(of, now);
  underWay(of, now);
  returnInstance(instance, "idle", now, 0);
  return of;
}
