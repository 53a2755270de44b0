import { describe, expect, it } from "vitest";
import { type BodyBounds, readBoundedBody } from "../../src/contract/bounded-body.ts";
import { ByteBudget } from "../../src/contract/byte-budget.ts";

const KB = 1024;
const PACE = { stall: 10_000, rate: 1_000 };

/** A POST whose body comes in these pieces (numbers: of so many bytes), then ends, stops or breaks off. */
function post(pieces: number[], end: "ends" | "stops" | "breaks" = "ends", length?: number) {
  const left = [...pieces];
  const body = new ReadableStream({
    pull(controller) {
      const size = left.shift();
      if (size !== undefined) return controller.enqueue(new Uint8Array(size).fill(7));
      if (end === "ends") controller.close();
      if (end === "breaks") controller.error(new Error("gone"));
    },
  });
  const headers: Record<string, string> =
    length === undefined ? {} : { "Content-Length": String(length) };
  return new Request("http://localhost/", { method: "POST", body, headers });
}

function bounded(bytes: number, more: Partial<BodyBounds> = {}) {
  const budget = new ByteBudget(bytes);
  const hold = budget.open("a");
  return { budget, bounds: { limit: 100 * KB, hold, pace: PACE, ...more } };
}

describe("a body that is read whole", () => {
  it.each([
    ["nothing", [], 0],
    ["one piece", [10 * KB], 10 * KB],
    ["many pieces", Array<number>(50).fill(2 * KB), 100 * KB],
  ])("of %s is all there, and held", async (_, pieces, size) => {
    const { budget, bounds } = bounded(400 * KB);
    const read = await readBoundedBody(post(pieces), bounds);
    const body = read.ok ? read.body : null;
    expect([body?.byteLength, body?.every((byte) => byte === 7)]).toEqual([size, true]);
    // As a part of a larger buffer it would take the rest of it along.
    expect(body?.buffer.byteLength).toBe(size);
    expect(budget.taken).toBe(size);
  });

  it("takes no more than twice what has come, whatever was announced", async () => {
    const { budget, bounds } = bounded(400 * KB, { pace: { stall: 50, rate: KB } });
    let most = 0;
    const progressed = () => {
      most = Math.max(most, budget.taken);
    };
    await readBoundedBody(post([3 * KB, 2 * KB], "stops", 99 * KB), { ...bounds, progressed });
    expect(most).toBe(6 * KB);
  });

  it.each([
    ["body-too-large", "that says it is too large", post([KB], "ends", 101 * KB)],
    ["body-too-large", "that is too large", post([60 * KB, 60 * KB])],
    ["body-broken", "that breaks off", post([KB], "breaks")],
  ])("is %s %s, and holds nothing", async (reason, _, request) => {
    const { budget, bounds } = bounded(400 * KB);
    expect(await readBoundedBody(request, bounds)).toEqual({ ok: false, reason });
    expect(budget.taken).toBe(0);
  });

  it("is late when no byte comes for the time of a stall", async () => {
    const { budget, bounds } = bounded(400 * KB, { pace: { stall: 50, rate: KB } });
    const read = await readBoundedBody(post([20 * KB], "stops"), bounds);
    expect([read, budget.taken]).toEqual([{ ok: false, reason: "body-late" }, 0]);
  });

  it("is late when it trickles below its rate, though it never stalls", async () => {
    const trickle = new ReadableStream({
      async pull(controller) {
        await scheduler.wait(5);
        controller.enqueue(new Uint8Array(1));
      },
    });
    const request = new Request("http://localhost/", { method: "POST", body: trickle });
    const { bounds } = bounded(400 * KB, { pace: { stall: 100, rate: 100_000 } });
    expect(await readBoundedBody(request, bounds)).toEqual({ ok: false, reason: "body-late" });
  });

  it("is busy where the budget has no room, and holds nothing", async () => {
    const { budget, bounds } = bounded(40 * KB);
    const read = await readBoundedBody(post(Array<number>(30).fill(KB)), bounds);
    expect([read, budget.taken]).toEqual([{ ok: false, reason: "busy" }, 0]);
  });

  it("goes on when room is made", async () => {
    const { budget, bounds } = bounded(40 * KB);
    const other = budget.open("a");
    other.resize(10 * KB);
    const makeRoom = () => {
      if (other.bytes === 0) return false;
      other.release();
      return true;
    };
    const read = await readBoundedBody(post([8 * KB, 8 * KB]), { ...bounds, makeRoom });
    expect([read.ok, budget.taken]).toEqual([true, 16 * KB]);
  });

  it("is busy when it is given up for another's", async () => {
    const { budget, bounds } = bounded(400 * KB);
    let gaveWay = false;
    void scheduler.wait(20).then(() => {
      gaveWay = true;
    });
    const read = await readBoundedBody(post([KB], "stops"), { ...bounds, givenUp: () => gaveWay });
    expect([read, budget.taken]).toEqual([{ ok: false, reason: "busy" }, 0]);
  });

  it("takes nothing more once it is given up, whatever comes", async () => {
    const { budget, bounds } = bounded(400 * KB);
    let gaveWay = false;
    const progressed = () => {
      gaveWay = true;
      bounds.hold.release();
    };
    const more = { ...bounds, progressed, givenUp: () => gaveWay };
    const read = await readBoundedBody(post([KB, KB, KB]), more);
    expect([read, budget.taken]).toEqual([{ ok: false, reason: "busy" }, 0]);
  });
});
