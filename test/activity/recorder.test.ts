import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type BatchStore, createRecorder } from "../../src/activity/recorder.ts";
import type { Manifest } from "../../src/contract/manifest.ts";
import type { RequestBatch } from "../../src/contract/request-record.ts";
import { Gateway } from "../../src/gateway/gateway.ts";
import { parseRequestTarget, type RequestTarget } from "../../src/gateway/target.ts";
import { deploy } from "../deployment.ts";

const HOST = "http://recorder-1234.localhost:8787";
let manifest: Manifest;

beforeAll(async () => {
  manifest = await deploy("recorder-1234.localhost", {
    "/a.txt": { body: "0123456789" },
    "/b.txt": { body: "b" },
    "/p.txt": { body: "p", visibility: "protected" },
  });
});

afterEach(() => vi.restoreAllMocks());

/** A gateway whose records go to `store`; `ask` answers before anything is handed over. */
function recorded(store: BatchStore, perMinute = 60) {
  const gateway = new Gateway({
    env,
    runFunction: () => Promise.reject(new Error("none")),
    takeExchange: createRecorder(store, perMinute, 100),
  });
  const contexts: ExecutionContext[] = [];
  async function ask(path: string, init?: RequestInit) {
    const request = new Request(HOST + path, init);
    const ctx = createExecutionContext();
    contexts.push(ctx);
    const target = parseRequestTarget(request.url) as RequestTarget;
    const response = await gateway.fetch(request, target, ctx);
    return { status: response.status, text: await response.text() };
  }
  const settled = () => Promise.all(contexts.map(waitOnExecutionContext));
  return { ask, settled };
}

function collected() {
  const batches: RequestBatch[] = [];
  return {
    batches,
    store: async (batch: RequestBatch) => {
      batches.push(batch);
    },
  };
}

describe("what an isolate has seen", () => {
  it("is handed over in one call, with what its owner may read and nothing else", async () => {
    const { batches, store } = collected();
    const { ask, settled } = recorded(store);
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    await ask("/a.txt?Token=secret&x", {
      headers: { Range: "bytes=2-4", "User-Agent": "TwilioProxy/1.1", Cookie: "secret" },
    });
    await ask("/a.txt", { headers: { "User-Agent": "curl/8.1" } });
    await ask("/a.txt");
    await ask("/p.txt", { headers: { "X-Twilio-Signature": "secret" } });
    await ask("/none");
    await settled();
    expect(warn).toHaveBeenCalledOnce();
    expect(batches).toHaveLength(1);
    const [{ environment, records }] = batches as [RequestBatch];
    expect(environment).toBe(manifest.environment);
    expect(records.map(({ path, status, reason }) => [path, status, reason])).toEqual([
      ["/a.txt", 206, null],
      ["/a.txt", 200, null],
      ["/a.txt", 200, null],
      ["/p.txt", 403, "signature-malformed"],
      ["/none", 404, "path-unknown"],
    ]);
    expect(records[0]).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{16,}/),
      count: 1,
      time: expect.any(Number),
      method: "GET",
      path: "/a.txt",
      queryNames: ["Token", "x"],
      status: 206,
      reason: null,
      kind: "asset",
      sid: manifest.assets.get("/a.txt")?.sid,
      visibility: "public",
      signature: "none",
      bytes: 3,
      size: 10,
      range: "2-4",
      source: "bucket",
      duration: expect.any(Number),
      caller: "twilio",
      country: null,
      colo: null,
      deployment: manifest.deployment,
      build: manifest.build,
      functionRequest: null,
    });
    expect(records[2]?.source).toBe("memory");
    expect(JSON.stringify(batches)).not.toContain("secret");
  });

  it("is added up past the rate, failures never", async () => {
    const { batches, store } = collected();
    const { ask, settled } = recorded(store, 2);
    vi.spyOn(console, "warn").mockReturnValue();
    for (let round = 0; round < 5; round++) {
      await ask("/a.txt");
      await ask("/none");
    }
    await settled();
    const counts = batches.flatMap(({ records }) =>
      records.map(({ path, status, count, bytes }) => [path, status, count, bytes]),
    );
    expect(counts.filter(([, status]) => status === 404)).toHaveLength(5);
    expect(counts.filter(([, status]) => status === 200)).toEqual([
      ["/a.txt", 200, 1, 10],
      ["/a.txt", 200, 1, 10],
      ["/a.txt", 200, 3, 30],
    ]);
  });

  it("is bounded: of a flood of failures, what is past a batch is added up without its paths", async () => {
    const { batches, store } = collected();
    const { ask, settled } = recorded(store);
    for (let round = 0; round < 600; round++) await ask(`/none-${round}`);
    await settled();
    const records = batches.flatMap((batch) => batch.records);
    expect(records.reduce((sum, { count }) => sum + count, 0)).toBe(600);
    for (const batch of batches) expect(batch.records.length).toBeLessThanOrEqual(700);
    for (const { count, path } of records) if (count > 1) expect(path).toBe("");
  });
});

describe("a store that fails", () => {
  it.each([
    ["is down", () => Promise.reject(new Error("no object"))],
    [
      "throws at once",
      () => {
        throw new Error("no object");
      },
    ],
  ] as [string, BatchStore][])(
    "%s: answers are the same, and the loss is logged",
    async (_, store) => {
      const { ask, settled } = recorded(store);
      const error = vi.spyOn(console, "error").mockReturnValue();
      expect(await ask("/a.txt")).toEqual({ status: 200, text: "0123456789" });
      expect((await ask("/none")).status).toBe(404);
      await settled();
      expect(JSON.parse(String(error.mock.calls[0]?.[0]))).toEqual({
        event: "activity-lost",
        environment: manifest.environment,
        requests: 2,
        message: "Error: no object",
      });
    },
  );

  it("that is slow holds three batches, and no answer", async () => {
    let calls = 0;
    const { ask } = recorded(() => {
      calls += 1;
      return new Promise(() => {});
    });
    const error = vi.spyOn(console, "error").mockReturnValue();
    for (let round = 0; round < 5; round++) {
      expect((await ask("/b.txt")).status).toBe(200);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    expect(calls).toBe(3);
    expect(error.mock.calls.map(([line]) => JSON.parse(String(line)).message)).toEqual([
      "its store is too slow",
      "its store is too slow",
    ]);
  });

  it("waits for no batch longer than its time: the runtime may have ended its request", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    let calls = 0;
    const { ask } = recorded(() => {
      calls += 1;
      return new Promise(() => {});
    });
    vi.spyOn(console, "error").mockReturnValue();
    for (const [round, later] of [0, 0, 0, 12_001].entries()) {
      vi.setSystemTime(Date.now() + later);
      await ask("/b.txt");
      for (let look = 0; look < 300 && calls === round; look++) await scheduler.wait(10);
    }
    vi.useRealTimers();
    expect(calls).toBe(4);
  });

  it("is not waited for by an isolate whose request was cut off: the next request hands over", async () => {
    const { batches, store } = collected();
    const take = createRecorder(store, 60, 100);
    const gateway = new Gateway({
      env,
      runFunction: async () => new Response(),
      takeExchange: take,
    });
    const request = new Request(`${HOST}/a.txt`);
    const target = parseRequestTarget(request.url) as RequestTarget;
    // Its context dies: what it was to wait for never comes.
    await gateway.fetch(request, target, { waitUntil: () => {} });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60_000 });
    const ctx = createExecutionContext();
    await gateway.fetch(request, target, ctx);
    vi.useRealTimers();
    await waitOnExecutionContext(ctx);
    expect(batches.map(({ records }) => records.length)).toEqual([2]);
  });
});
