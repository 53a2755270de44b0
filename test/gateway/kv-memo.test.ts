import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BoundedMap } from "../../src/gateway/bounded-map.ts";
import { KV_CACHE_TTL, KvMemo, STALENESS_BOUND } from "../../src/gateway/kv-memo.ts";
import { laggingKv } from "../lagging-kv.ts";

const background: Promise<unknown>[] = [];
const ctx = { waitUntil: (promise: Promise<unknown>) => void background.push(promise) };

function createMemo(limit = 1_000_000) {
  return new KvMemo<string>({ limit, keyOf: (name) => `memo:${name}`, decode: (value) => value });
}

async function read(memo: KvMemo<string>, kv: unknown, name = "a"): Promise<string> {
  const lookup = await memo.find(name, kv as KVNamespace, ctx);
  await Promise.all(background.splice(0));
  return lookup.outcome === "found" ? lookup.value : lookup.outcome;
}

async function put(value: string, name = "a"): Promise<void> {
  await env.MANIFESTS.put(`memo:${name}`, value, { metadata: { revision: value } });
}

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  await env.MANIFESTS.delete("memo:a");
});
afterEach(() => {
  vi.useRealTimers();
});

function pass(milliseconds: number): void {
  vi.setSystemTime(Date.now() + milliseconds);
}

describe("what an isolate remembers of KV", () => {
  it("answers from memory while fresh, then refreshes behind the answer", async () => {
    const kv = laggingKv();
    const memo = createMemo();
    await put("old");
    expect(await read(memo, kv)).toBe("old");
    pass(4_999);
    expect(await read(memo, kv)).toBe("old");
    expect(kv.reads).toBe(1);
    await put("new");
    pass(KV_CACHE_TTL - 5_000);
    expect(await read(memo, kv)).toBe("old");
    expect(kv.reads).toBe(2);
  });

  it("asks KV before answering past the bound", async () => {
    const kv = laggingKv();
    const memo = createMemo();
    await put("old");
    await read(memo, kv);
    await put("new");
    pass(30_000);
    expect(await read(memo, kv)).toBe("new");
  });

  it("shows a redeploy within the staleness bound under the worst lag", async () => {
    const kv = laggingKv();
    const memo = createMemo();
    await put("old");
    // Another isolate of this data centre reads just before the redeploy; this one at the very end
    // of the time that the data centre keeps what it read.
    await read(createMemo(), kv);
    const redeployed = Date.now();
    await put("new");
    pass(KV_CACHE_TTL - 1);
    let last = 0;
    for (let step = 0; step < 100; step++) {
      if ((await read(memo, kv)) === "old") last = Date.now();
      pass(1_000);
    }
    expect(last - redeployed).toBeGreaterThan(KV_CACHE_TTL);
    expect(last - redeployed).toBeLessThan(STALENESS_BOUND);
    expect(STALENESS_BOUND).toBe(40_000);
  });

  it("remembers an absent name only while fresh", async () => {
    const kv = laggingKv();
    const memo = createMemo();
    expect(await read(memo, kv)).toBe("absent");
    pass(4_999);
    expect(await read(memo, kv)).toBe("absent");
    expect(kv.reads).toBe(1);
    await put("new");
    pass(KV_CACHE_TTL);
    expect(await read(memo, kv)).toBe("new");
  });

  it("does not read an unchanged value again", async () => {
    const decoded: string[] = [];
    const memo = new KvMemo<string>({
      limit: 1_000_000,
      keyOf: (name) => `memo:${name}`,
      decode: (value) => {
        decoded.push(value);
        return value;
      },
    });
    await put("same");
    for (let step = 0; step < 10; step++) {
      expect(await read(memo, env.MANIFESTS)).toBe("same");
      pass(10_000);
    }
    expect(decoded).toEqual(["same"]);
  });
});

/** A value as of a moment; one of version 0.1.0 does not say of which. */
type Write = { value: string; asOf?: number };

async function write({ value, asOf }: Write): Promise<void> {
  const metadata = { revision: value, ...(asOf === undefined ? {} : { asOf }) };
  await env.MANIFESTS.put("memo:a", value, { metadata });
}

/** What a deletion leaves, as publish/kv-values.ts writes it. */
async function remove(asOf: number): Promise<void> {
  await env.MANIFESTS.put("memo:a", "", { metadata: { asOf, gone: true }, expirationTtl: 60 });
}

describe("what an isolate wrote itself", () => {
  /** Seconds after which `memo` says what KV was given last, asked every second. */
  async function secondsUntil(expected: string, memo: KvMemo<string>, kv: unknown) {
    for (let second = 0; second <= 120; second++) {
      if ((await read(memo, kv)) === expected) return second;
      pass(1_000);
    }
    return Number.POSITIVE_INFINITY;
  }

  const before: Record<string, () => Promise<void>> = {
    "an older value": () => write({ value: "older", asOf: 1 }),
    "a value of version 0.1.0": () => write({ value: "older" }),
    "a deletion": () => remove(1),
    nothing: async () => {},
  };

  for (const [what, prepare] of Object.entries(before)) {
    it(`stands against ${what} that its data centre goes on showing`, async () => {
      const kv = laggingKv();
      const memo = createMemo();
      await prepare();
      await read(memo, kv);
      await write({ value: "mine", asOf: 2 });
      await memo.replace("memo:a", "mine", { revision: "mine", asOf: 2 });
      for (let second = 0; second < 90; second++) {
        expect([second, await read(memo, kv)]).toEqual([second, "mine"]);
        pass(1_000);
      }
    });
  }

  it("stays deleted while its data centre goes on showing what it deleted", async () => {
    const kv = laggingKv();
    const memo = createMemo();
    await write({ value: "older", asOf: 1 });
    await read(memo, kv);
    await remove(2);
    await memo.replace("memo:a", null, { asOf: 2, gone: true });
    for (let second = 0; second < 90; second++) {
      expect([second, await read(memo, kv)]).toEqual([second, "absent"]);
      pass(1_000);
    }
  });

  const others: [string, () => Promise<void>, string][] = [
    ["newer value", () => write({ value: "theirs", asOf: 3 }), "theirs"],
    ["deletion", () => remove(3), "absent"],
  ];
  for (const [what, change, expected] of others) {
    it(`gives way to another's ${what} 10 s after its data centre has it`, async () => {
      const memo = createMemo();
      await memo.replace("memo:a", "mine", { revision: "mine", asOf: 2 });
      pass(1_000);
      await change();
      expect(await secondsUntil(expected, memo, laggingKv())).toBeLessThan(10);
    });
  }

  it("gives way to what version 0.1.0 writes when that can no longer be what was before", async () => {
    const memo = createMemo();
    await memo.replace("memo:a", "mine", { revision: "mine", asOf: 2 });
    await write({ value: "theirs" });
    const seconds = await secondsUntil("theirs", memo, laggingKv());
    expect([seconds > 29, seconds < 40]).toEqual([true, true]);
  });

  it.each(["KV has not answered", "the value is still coming"])(
    "is never covered by a read that was under way when it was written: %s",
    async (when) => {
      const memo = createMemo();
      const written = Promise.withResolvers<void>();
      const value = new ReadableStream({
        async pull(controller) {
          await written.promise;
          controller.enqueue(new TextEncoder().encode("older"));
          controller.close();
        },
      });
      const slow = {
        async getWithMetadata() {
          if (when === "KV has not answered") await written.promise;
          return { value, metadata: { revision: "older", asOf: 1 } };
        },
      };
      const asked = read(memo, slow);
      await scheduler.wait(1);
      await memo.replace("memo:a", "mine", { revision: "mine", asOf: 2 });
      written.resolve();
      expect(await asked).toBe("mine");
      expect(await read(memo, slow)).toBe("mine");
    },
  );

  it("gives way to the same value of a later moment, and to what comes after that", async () => {
    const memo = createMemo();
    await memo.replace("memo:a", "mine", { revision: "mine", asOf: 2 });
    for (const [value, asOf, expected] of [
      ["mine", 5, "mine"],
      ["older", 4, "mine"],
      ["theirs", 6, "theirs"],
    ] as const) {
      await write({ value, asOf });
      pass(10_000);
      expect(await read(memo, laggingKv())).toBe(expected);
    }
  });
});

describe("KV is down", () => {
  it("serves on what is remembered, asks again every two seconds, recovers", async () => {
    const kv = laggingKv();
    const memo = createMemo();
    await put("old");
    await read(memo, kv);
    kv.down = true;
    pass(40_000);
    expect(await read(memo, kv)).toBe("old");
    const { reads } = kv;
    for (let step = 0; step < 100; step++) expect(await read(memo, kv)).toBe("old");
    expect(kv.reads).toBe(reads);
    await put("new");
    kv.down = false;
    pass(2_000);
    expect(await read(memo, kv)).toBe("new");
  });

  it("has nothing to serve after an hour", async () => {
    const kv = laggingKv();
    const memo = createMemo();
    await put("old");
    await read(memo, kv);
    kv.down = true;
    pass(59 * 60_000);
    expect(await read(memo, kv)).toBe("old");
    pass(2 * 60_000);
    expect(await read(memo, kv)).toBe("unavailable");
  });

  it("never turns into absent", async () => {
    const kv = laggingKv();
    const memo = createMemo();
    kv.down = true;
    expect(await read(memo, kv)).toBe("unavailable");
    kv.down = false;
    expect(await read(memo, kv)).toBe("absent");
    kv.down = true;
    pass(10_000);
    expect(await read(memo, kv)).toBe("unavailable");
  });
});

describe("memory", () => {
  it("stays bounded under 100,000 names", async () => {
    const limit = 2_000_000;
    const memo = createMemo(limit);
    const kv = { getWithMetadata: async () => ({ value: null, metadata: null }) };
    for (let index = 0; index < 100_000; index++) {
      await memo.find(`host-${index}.localhost`, kv as unknown as KVNamespace, ctx);
    }
    expect(memo.weight).toBeLessThanOrEqual(limit);
    expect(memo.size).toBeGreaterThan(1_000);
    expect(memo.size).toBeLessThan(4_000);
  });

  it("lets unused entries go first", () => {
    const map = new BoundedMap<number>(3);
    for (const [index, key] of ["a", "b", "c"].entries()) map.set(key, index, 1);
    map.get("a");
    map.set("d", 3, 1);
    expect(["a", "b", "c", "d"].map((key) => map.get(key))).toEqual([0, undefined, 2, 3]);
  });

  it("holds an entry over the limit alone", () => {
    const map = new BoundedMap<number>(3);
    map.set("a", 0, 1);
    map.get("a");
    map.set("b", 1, 9);
    expect([map.get("a"), map.get("b"), map.weight, map.size]).toEqual([undefined, 1, 9, 1]);
    map.set("b", 2, 1);
    expect([map.get("b"), map.weight]).toEqual([2, 1]);
  });
});
