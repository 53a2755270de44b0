import { beforeAll, describe, expect, it } from "vitest";
import { createRecorder } from "../../src/activity/recorder.ts";
import type { RequestBatch } from "../../src/contract/request-record.ts";
import { quiet } from "../conformance/quiet.ts";
import { deploy } from "../deployment.ts";
import { observedGateway } from "./observed-gateway.ts";

quiet();

const HOST = "http://operations-1234.localhost:8787";
const LARGE = new Uint8Array(600_000).fill(1);
const VIDEO = new Uint8Array(25 * 1024 * 1024).fill(4);

beforeAll(async () => {
  await deploy("operations-1234.localhost", {
    "/small.txt": { body: "small" },
    "/large.bin": { body: LARGE },
    "/protected.txt": { body: "protected", visibility: "protected" },
    "/one.bin": { body: new Uint8Array(600_000).fill(2) },
    "/two.bin": { body: new Uint8Array(600_000).fill(3) },
    "/three.txt": { body: "three" },
    "/ranged.txt": { body: "ranged" },
    "/video.mp4": { body: VIDEO },
  });
});

const READ_MANIFEST = "kv.getWithMetadata";

describe("operations of a cold isolate", () => {
  it.each([
    ["a small asset", "/three.txt", {}, ["cache.match", "bucket.get", "cache.put"]],
    ["a large asset", "/one.bin", {}, ["cache.match", "bucket.get", "cache.put"]],
    [
      "a range: that range alone, then the whole behind the answer",
      "/two.bin",
      { headers: { Range: "bytes=5-9" } },
      ["cache.match", "bucket.get", "bucket.get", "cache.put"],
    ],
    ["HEAD", "/large.bin", { method: "HEAD" }, []],
    ["a missing path", "/missing", {}, []],
    ["an unsigned protected asset", "/protected.txt", {}, []],
    [
      "a badly signed protected asset",
      "/protected.txt",
      { headers: { "X-Twilio-Signature": "AAAAAAAAAAAAAAAAAAAAAAAAAAA=" } },
      [],
    ],
    ["a malformed path", "/%zz", {}, []],
    ["a method that is not allowed", "/small.txt", { method: "DELETE" }, []],
    ["a preflight", "/small.txt", { method: "OPTIONS" }, []],
  ] as [string, string, RequestInit, string[]][])("%s", async (_, path, init, expected) => {
    const { request, journal } = observedGateway();
    await request(HOST + path, init);
    expect(journal.take()).toEqual([READ_MANIFEST, ...expected]);
  });

  it("an unknown host, then again", async () => {
    const { request, journal } = observedGateway();
    expect((await request("http://nobody-1234.localhost:8787/")).status).toBe(404);
    expect(journal.take()).toEqual([READ_MANIFEST]);
    expect((await request("http://nobody-1234.localhost:8787/")).status).toBe(404);
    expect(journal.take()).toEqual([]);
  });
});

describe("operations of a warm isolate", () => {
  it.each([
    ["a small asset", "/small.txt", {}, 200, []],
    ["a range of a small asset", "/small.txt", { headers: { Range: "bytes=1-2" } }, 206, []],
    ["a large asset", "/large.bin", {}, 200, ["cache.match"]],
    [
      "a range of a large asset",
      "/large.bin",
      { headers: { Range: "bytes=1-2" } },
      206,
      ["cache.match"],
    ],
    ["HEAD of a large asset", "/large.bin", { method: "HEAD" }, 200, []],
    ["304", "/large.bin", { headers: { "If-None-Match": "*" } }, 304, []],
    ["412", "/large.bin", { headers: { "If-Match": '"x"' } }, 412, []],
    ["416", "/large.bin", { headers: { Range: "bytes=600000-" } }, 416, []],
    ["404", "/missing", {}, 404, []],
    ["405", "/small.txt", { method: "PUT" }, 405, []],
    ["403", "/protected.txt", {}, 403, []],
    [
      "a bad signature",
      "/protected.txt",
      { headers: { "X-Twilio-Signature": "AAAAAAAAAAAAAAAAAAAAAAAAAAA=" } },
      403,
      [],
    ],
  ] as [string, string, RequestInit, number, string[]][])(
    "%s",
    async (_, path, init, status, expected) => {
      const { request, journal } = observedGateway();
      await request(`${HOST}/small.txt`);
      await request(`${HOST}/large.bin`);
      journal.take();
      const response = await request(HOST + path, init);
      expect(response.status).toBe(status);
      expect(journal.take()).toEqual(expected);
    },
  );
});

it("a small asset asked for by ranges alone: bucket, cache, memory", async () => {
  const { request, journal } = observedGateway();
  const range = { headers: { Range: "bytes=0-1" } };
  const taken: string[][] = [];
  for (let count = 0; count < 3; count++) {
    expect((await request(`${HOST}/ranged.txt`, range)).text).toBe("ra");
    taken.push(journal.take());
  }
  expect(taken).toEqual([
    [READ_MANIFEST, "cache.match", "bucket.get", "bucket.get", "cache.put"],
    ["cache.match"],
    [],
  ]);
});

it("the last 64 KiB of 25 MB that the cache has: that range, out of the cache", async () => {
  await observedGateway().request(`${HOST}/video.mp4`);
  const { request, journal } = observedGateway();
  const ranges: (string | null)[] = [];
  journal.fault = ({ name, args }) => {
    if (name === "cache.match") ranges.push(new Request(args[0] as Request).headers.get("range"));
    return undefined;
  };
  const taken: unknown[] = [];
  for (let count = 0; count < 2; count++) {
    const range = { headers: { Range: "bytes=-65536" } };
    const { status, body } = await request(`${HOST}/video.mp4`, range);
    taken.push([status, body.byteLength, ...journal.take()]);
  }
  expect(taken).toEqual([
    [206, 65_536, READ_MANIFEST, "cache.match"],
    [206, 65_536, "cache.match"],
  ]);
  expect(ranges).toEqual(["bytes=26148864-26214399", "bytes=26148864-26214399"]);
});

describe("records of what was asked for", () => {
  it("cost no operation of KV, cache or bucket, and one call of their store a second", async () => {
    const batches: RequestBatch[] = [];
    const store = async (batch: RequestBatch) => {
      batches.push(batch);
    };
    const requests: [string, RequestInit][] = [
      ["/small.txt", {}],
      ["/missing", {}],
      ["/protected.txt", {}],
      ["/protected.txt", { headers: { "X-Twilio-Signature": `${"A".repeat(27)}=` } }],
      ["/small.txt", { method: "HEAD" }],
      ["/small.txt", {}],
    ];
    const seen: string[][] = [];
    for (const taker of [undefined, createRecorder(store, 60, 300)]) {
      const { request, journal } = observedGateway(undefined, taker);
      await Promise.all(requests.map(([path, init]) => request(HOST + path, init)));
      seen.push(journal.take().sort());
    }
    expect(seen[1]).toEqual(seen[0]);
    expect(batches.map(({ records }) => records.length)).toEqual([6]);
  });
});
