import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  assetKey,
  encodeManifest,
  type Manifest,
  type ManifestAsset,
} from "../../src/contract/manifest.ts";
import { deploy, testSid } from "../deployment.ts";
import type { Fault } from "../journal.ts";
import { observedGateway } from "./observed-gateway.ts";

const HOST = "http://bytes-1234.localhost:8787";
/** Past what the isolate's memory takes, and more than one chunk of any stream. */
const LARGE = Uint8Array.from({ length: 700_000 }, (_, index) => index % 251);
let manifest: Manifest;

beforeAll(async () => {
  manifest = await deploy("bytes-1234.localhost", {
    "/small.txt": { body: "small and whole" },
    "/large.bin": { body: LARGE },
  });
});

beforeEach(async () => {
  const cache = await caches.open("ringback-bytes");
  for (const asset of manifest.assets.values()) {
    await cache.delete(`https://localhost/.bytes/${manifest.account}/${asset.sha256}`);
  }
});

/** Fails the first `times` calls of `name`. */
function failing(name: string, times = Number.POSITIVE_INFINITY): Fault {
  let left = times;
  return (call) => {
    if (call.name !== name || left === 0) return undefined;
    left -= 1;
    return { throws: new Error(`${name} is down`) };
  };
}

function returning(name: string, value: () => unknown): Fault {
  return (call) => (call.name === name ? { returns: value() } : undefined);
}

/** A stream that sends the first `length` bytes and then ends, or fails. */
function truncated(length: number, error?: Error): ReadableStream {
  let sent = false;
  return new ReadableStream({
    type: "bytes",
    pull(controller) {
      if (!sent) {
        sent = true;
        controller.enqueue(LARGE.slice(0, length));
      } else if (error) controller.error(error);
      else controller.close();
    },
  });
}

describe("the Cache API", () => {
  it.each([
    ["match throws", failing("cache.match")],
    ["put throws", failing("cache.put")],
    [
      "it holds a 206",
      returning("cache.match", () => new Response("small and whole", { status: 206 })),
    ],
    [
      "it holds a 404",
      returning("cache.match", () => new Response("small and whole", { status: 404 })),
    ],
    ["what it holds is short", returning("cache.match", () => new Response("small"))],
    [
      "it lies about the length",
      returning(
        "cache.match",
        () => new Response("small", { headers: { "Content-Length": "15" } }),
      ),
    ],
  ] as [string, Fault][])("is ignored when %s", async (_, fault) => {
    const { request, journal } = observedGateway();
    journal.fault = fault;
    const response = await request(`${HOST}/small.txt`);
    expect([response.status, response.text]).toEqual([200, "small and whole"]);
  });

  it("is filled by a large asset and serves ranges of it without R2", async () => {
    const filling = observedGateway();
    expect((await filling.request(`${HOST}/large.bin`)).body).toEqual(LARGE);
    const { request, journal } = observedGateway();
    journal.fault = failing("bucket.get");
    for (const [range, start, end] of [
      ["bytes=0-0", 0, 1],
      ["bytes=65530-65545", 65_530, 65_546],
      ["bytes=699999-", 699_999, 700_000],
      ["bytes=0-699999", 0, 700_000],
    ] as const) {
      const response = await request(`${HOST}/large.bin`, { headers: { Range: range } });
      expect(response.status).toBe(206);
      expect(response.body).toEqual(LARGE.slice(start, end));
      expect(response.headers.get("cache-status")).toBe("Ringback; hit");
    }
    expect((await request(`${HOST}/large.bin`)).body).toEqual(LARGE);
  });

  it("is asked for the range alone, and takes no other for it", async () => {
    await observedGateway().request(`${HOST}/large.bin`);
    const wanted = { headers: { Range: "bytes=699990-", Cookie: "a=b" } };
    const asked: (string | null)[] = [];
    const hit = observedGateway();
    hit.journal.fault = ({ name, args }) => {
      if (name !== "cache.match") return undefined;
      asked.push(...[...(args[0] as Request).headers].flat());
      return undefined;
    };
    const fromCache = await hit.request(`${HOST}/large.bin`, wanted);
    expect(asked).toEqual(["range", "bytes=699990-699999"]);
    expect(fromCache.body).toEqual(LARGE.slice(699_990));

    const other = (range: string, status = 206) =>
      new Response(new Uint8Array(10).fill(1), { status, headers: { "Content-Range": range } });
    for (const response of [
      () => other("bytes 0-9/700000"),
      () => other("bytes 699990-699999/700001"),
      () => other("bytes 699990-699999/*"),
      () => other("bytes 699990-699999/700000", 200),
      () => new Response(new Uint8Array(10), { status: 206 }),
      () => new Response(null, { status: 416 }),
    ]) {
      const { request, journal } = observedGateway();
      journal.fault = returning("cache.match", response);
      const answer = await request(`${HOST}/large.bin`, wanted);
      expect([answer.status, answer.body]).toEqual([206, LARGE.slice(699_990)]);
      expect(answer.headers.get("cache-status")).toBe("Ringback; fwd=miss");
    }
  });

  it("is left out for what it would not keep", async () => {
    const size = 28_000_001;
    const sid = testSid("ZN");
    const huge = await deploy("huge-1234.localhost", { "/huge.bin": { body: "x" } });
    const asset = huge.assets.get("/huge.bin") as ManifestAsset;
    huge.assets.set("/huge.bin", { ...asset, sid, size, sha256: "ab".repeat(32) });
    await env.BYTES.put(assetKey(huge.service, sid), new Uint8Array(size));
    const { key, value } = await encodeManifest(huge);
    await env.MANIFESTS.put(key, value);
    const { request, journal } = observedGateway();
    const url = "http://huge-1234.localhost:8787/huge.bin";
    const part = await request(url, { headers: { Range: "bytes=28000000-" } });
    expect([part.status, part.body.byteLength]).toEqual([206, 1]);
    expect((await request(url)).body.byteLength).toBe(size);
    expect(journal.take()).toEqual(["kv.getWithMetadata", "bucket.get", "bucket.get"]);
    await env.BYTES.delete(assetKey(huge.service, sid));
  });

  it("is filled behind a range", async () => {
    const cold = observedGateway();
    const response = await cold.request(`${HOST}/large.bin`, { headers: { Range: "bytes=9-10" } });
    expect(response.body).toEqual(LARGE.slice(9, 11));
    expect(response.headers.get("cache-status")).toBe("Ringback; fwd=miss");
    const { request, journal } = observedGateway();
    journal.fault = failing("bucket.get");
    expect((await request(`${HOST}/large.bin`)).body).toEqual(LARGE);
  });

  it("has keys that nothing of a request enters", async () => {
    const keys = new Set<string>();
    for (const path of ["/small.txt", "/small.txt?a=1", "/small.txt?a=2", "/%73mall.txt"]) {
      const { request, journal } = observedGateway();
      journal.fault = (call) => {
        if (call.name.startsWith("cache.")) keys.add(String(call.args[0]));
        return call.name === "cache.match" ? { returns: undefined } : undefined;
      };
      await request(HOST + path, { headers: { Cookie: path, Authorization: path } });
    }
    const { sha256 } = manifest.assets.get("/small.txt") as { sha256: string };
    expect([...keys]).toEqual([`https://localhost/.bytes/${manifest.account}/${sha256}`]);
  });
});

describe("R2", () => {
  it("is asked once more when it fails", async () => {
    const { request, journal } = observedGateway();
    journal.fault = failing("bucket.get", 1);
    expect((await request(`${HOST}/small.txt`)).text).toBe("small and whole");
  });

  it("down: 503 with Retry-After when cold, served when hot, recovered without restart", async () => {
    const { request, journal } = observedGateway();
    journal.fault = failing("bucket.get");
    const cold = await request(`${HOST}/small.txt`);
    expect([cold.status, cold.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(cold.headers.get("cache-control")).toBe("no-store");
    journal.fault = () => undefined;
    expect((await request(`${HOST}/small.txt`)).status).toBe(200);
    journal.fault = failing("bucket.get");
    expect((await request(`${HOST}/small.txt`)).text).toBe("small and whole");
  });

  it.each([
    ["without the object", returning("bucket.get", () => null)],
    [
      "with an object of another size",
      returning("bucket.get", () => ({ size: 3, body: new Response("abc").body })),
    ],
  ] as [string, Fault][])("%s: 502", async (_, fault) => {
    const { request, journal } = observedGateway();
    journal.fault = fault;
    expect((await request(`${HOST}/small.txt`)).status).toBe(502);
    expect((await request(`${HOST}/large.bin`)).status).toBe(502);
  });

  it.each([
    ["ends early", undefined],
    ["breaks", new Error("connection lost")],
  ])("a body that %s is never a short 200", async (_, error) => {
    const { request, journal } = observedGateway();
    journal.fault = (call) => {
      if (call.name === "cache.put") return { returns: undefined };
      return call.name === "bucket.get"
        ? {
            returns: {
              size: call.args[0] === smallKey() ? 15 : 700_000,
              body: truncated(10, error),
            },
          }
        : undefined;
    };
    expect((await request(`${HOST}/small.txt`)).status).toBe(503);
    await expect(request(`${HOST}/large.bin`)).rejects.toThrow();
    await expect(
      request(`${HOST}/large.bin`, { headers: { Range: "bytes=0-99" } }),
    ).rejects.toThrow();
  });

  it("never puts a broken body into the cache", async () => {
    const broken = observedGateway();
    broken.journal.fault = (call) =>
      call.name === "bucket.get"
        ? { returns: { size: 700_000, body: truncated(10, new Error("connection lost")) } }
        : undefined;
    await expect(broken.request(`${HOST}/large.bin`)).rejects.toThrow();
    expect((await observedGateway().request(`${HOST}/large.bin`)).body).toEqual(LARGE);
  });
});

describe("two accounts with the same bytes", () => {
  it("share no cache entry: a hit would tell one what the other stores", async () => {
    await deploy(
      "twin-1234.localhost",
      { "/twin.txt": { body: "small and whole" } },
      {
        account: "AC000000000000000000000000000000ff",
      },
    );
    await observedGateway().request(`${HOST}/small.txt`);
    const response = await observedGateway().request("http://twin-1234.localhost:8787/twin.txt");
    expect(response.headers.get("cache-status")).toBe("Ringback; fwd=miss; stored");
  });
});

function smallKey(): string {
  return assetKey(manifest.service, manifest.assets.get("/small.txt")?.sid as string);
}

it("the fixture's bytes are in R2", async () => {
  expect(await (await env.BYTES.get(smallKey()))?.text()).toBe("small and whole");
});
