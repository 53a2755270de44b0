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

  it("holds what this isolate published against what KV's cache still has", async () => {
    const kv = laggingKv();
    const memo = createMemo();
    await put("old");
    await read(memo, kv);
    await put("new");
    await memo.replace("memo:a", "new", "new");
    for (let step = 0; step < 90; step++) {
      expect(await read(memo, kv)).toBe("new");
      pass(1_000);
    }
  });

  it("sees another isolate's redeploy within the bound after its own", async () => {
    const kv = laggingKv();
    const memo = createMemo();
    await put("mine");
    await memo.replace("memo:a", "mine", "mine");
    pass(1_000);
    await put("theirs");
    pass(STALENESS_BOUND);
    expect(await read(memo, kv)).toBe("theirs");
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
