import { describe, expect, it } from "vitest";
import {
  type Pool,
  poolOf,
  returnInstance,
  takeInstance,
} from "../../src/functions/run/instances.ts";
import { awaitTurn, callTook, endTurn } from "../../src/functions/run/turns.ts";

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
    [
      "of a function that takes some milliseconds, where an instance is free",
      "goes",
      () => withFree(pool({ call: 20, start: 200 })),
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

  it("goes on when another has ended, first come first", async () => {
    const of = withCall(pool());
    const order: number[] = [];
    const waits = [1, 2, 3].map((n) => awaitTurn(of, Date.now()).then(() => order.push(n)));
    for (const wait of waits) {
      endTurn(of);
      await wait;
    }
    expect(order).toEqual([1, 2, 3]);
    expect(of.waiting).toEqual([]);
  });

  it("goes on where none ends, and no other waits for some time", async () => {
    const of = withCall(pool({ call: 1, start: 1 }));
    await awaitTurn(of, Date.now());
    expect(of.waiting).toEqual([]);
    expect(await stateOf(awaitTurn(of, Date.now()))).toBe("goes");
    const later = Date.now() + 60_000;
    underWay(of, later);
    expect(await stateOf(awaitTurn(of, later))).toBe("waits");
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
