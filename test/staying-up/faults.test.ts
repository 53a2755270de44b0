/** Every store the Worker stands on is taken away, alone and in pairs, from the whole Worker. */
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { addAccount, type Credentials } from "../api/client.ts";
import { sign } from "../conformance/sign.ts";
import { DOWN, faultyStores, type StoreName, useCacheOf } from "../faulty-stores.ts";
import { type Isolate, newIsolate } from "../isolate.ts";
import { buildOf, clientOf, deployed, made } from "./client.ts";

/** Past what the isolate's memory takes, and more than one chunk of any stream. */
const LARGE = Uint8Array.from({ length: 400_000 }, (_, index) => index % 251);

const stores = faultyStores();
let account: Credentials;
let origin: string;
let project: Awaited<ReturnType<typeof deployed>>;
let signature: string;
let guardedSignature: string;
let variable: { url: string };
let serial = 0;

beforeAll(async () => {
  // A subaccount: its tokens come out of KV too.
  account = await addAccount("Faults");
  project = await deployed(clientOf(await newIsolate(), account), "faults", [
    { path: "/small.txt", content: "small and whole" },
    { path: "/large.bin", content: LARGE },
    { path: "/protected.txt", content: "for signatures", visibility: "protected" },
    { kind: "function", path: "/fn", content: "exports.handler = (c, e, cb) => cb(null, 'ran');" },
    {
      kind: "function",
      path: "/guarded",
      visibility: "protected",
      content: "exports.handler = (c, e, cb) => cb(null, c.ACCOUNT_SID);",
    },
  ]);
  origin = project.origin;
  signature = await sign(account.password, `${origin}/protected.txt`);
  guardedSignature = await sign(account.password, `${origin}/guarded`);
  variable = await made(
    clientOf(await newIsolate(), account).call("POST", `${project.environment.url}/Variables`, {
      Key: "SERIAL",
      Value: "0",
    }),
  );
});

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.spyOn(console, "error").mockReturnValue();
  vi.spyOn(console, "warn").mockReturnValue();
  useCacheOf(stores);
  stores.rules = [];
  await emptyCache();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function pass(milliseconds: number): void {
  vi.setSystemTime(Date.now() + milliseconds);
}

async function emptyCache(): Promise<void> {
  const cache = await caches.open("ringback-bytes");
  for (const { content_sha256 } of project.build.asset_versions) {
    await cache.delete(`https://localhost/.bytes/${account.username}/${content_sha256}`);
  }
}

/** Another value of a variable makes another Worker of the functions, which has to be started. */
async function stopFunctions(): Promise<void> {
  serial += 1;
  const { call } = clientOf(await newIsolate(), account);
  expect((await call("POST", variable.url, { Value: String(serial) })).status).toBe(200);
}

const WHOLE: Record<string, string> = {
  small: "small and whole",
  large: new TextDecoder().decode(LARGE),
  range: new TextDecoder().decode(LARGE.slice(300_000, 300_010)),
  protected: "for signatures",
  fn: "ran",
};

/** Asks for one of everything; what is not as it must be in bytes or headers is said in words. */
async function answers(isolate: Isolate): Promise<Record<string, unknown>> {
  const requests: Record<string, [string, RequestInit?]> = {
    small: ["/small.txt"],
    large: ["/large.bin"],
    range: ["/large.bin", { headers: { Range: "bytes=300000-300009" } }],
    protected: ["/protected.txt", { headers: { "X-Twilio-Signature": signature } }],
    unsigned: ["/protected.txt"],
    head: ["/large.bin", { method: "HEAD" }],
    missing: ["/missing.txt"],
    fn: ["/fn"],
    guarded: ["/guarded", { headers: { "X-Twilio-Signature": guardedSignature } }],
    unsignedCall: ["/guarded"],
  };
  const found: Record<string, unknown> = {};
  for (const [name, [path, init]] of Object.entries(requests)) {
    const { status, text, headers } = await isolate.request(origin + path, init);
    found[name] = status;
    if (status < 300 && name in WHOLE && text !== WHOLE[name]) found[name] = `${status}, not whole`;
    if (status >= 400 && headers.get("cache-control") !== "no-store")
      found[name] = "kept by caches";
    if (status === 503 && headers.get("retry-after") !== "5") found[name] = "no Retry-After";
  }
  found.api = (await clientOf(isolate, account).call("GET", "/Services")).status;
  return found;
}

const GOOD = {
  small: 200,
  large: 200,
  range: 206,
  protected: 200,
  unsigned: 403,
  head: 200,
  missing: 404,
  fn: 200,
  guarded: 200,
  unsignedCall: 403,
  api: 200,
};
/** Without a manifest nothing can be said of an asset host, and 404 would be a lie. */
const NO_MANIFEST = {
  small: 503,
  large: 503,
  range: 503,
  protected: 503,
  unsigned: 503,
  head: 503,
  missing: 503,
  fn: 503,
  guarded: 503,
  unsignedCall: 503,
  api: 200,
};
/** What the manifest decides is answered; no bytes is never a short 200. */
const NO_BYTES = {
  ...GOOD,
  ...{ small: 503, large: 503, range: 503, protected: 503, fn: 503, guarded: 503 },
};
const NO_API = { api: 503 };

type Case = [down: StoreName[], expected: Record<string, unknown>];

describe("an isolate that remembers", () => {
  const cases: Case[] = [
    [["kv"], GOOD],
    [["r2"], GOOD],
    [["cache"], GOOD],
    [["d1"], { ...GOOD, ...NO_API }],
    [["kv", "r2"], GOOD],
    [["kv", "cache"], GOOD],
    [["kv", "d1"], { ...GOOD, ...NO_API }],
    [["r2", "cache"], { ...GOOD, large: 503, range: 503 }],
    [["r2", "d1"], { ...GOOD, ...NO_API }],
    [["cache", "d1"], { ...GOOD, ...NO_API }],
    [["kv", "r2", "cache", "d1"], { ...GOOD, large: 503, range: 503, ...NO_API }],
  ];
  it.each(cases)("without %j", async (down, expected) => {
    const isolate = await newIsolate(stores.env);
    expect(await answers(isolate)).toEqual(GOOD);
    // Past the bound, so that what is remembered is not just fresh.
    pass(45_000);
    stores.rules = down.map((store) => DOWN[store]);
    expect(await answers(isolate)).toEqual(expected);
    expect(await answers(isolate)).toEqual(expected);
    stores.rules = [];
    pass(3_000);
    expect(await answers(isolate)).toEqual(GOOD);
  });
});

describe("an isolate that remembers nothing, where the Cache API is empty", () => {
  const cases: Case[] = [
    [["kv"], NO_MANIFEST],
    [["r2"], NO_BYTES],
    [["cache"], GOOD],
    [["d1"], { ...GOOD, ...NO_API }],
    [["kv", "r2"], NO_MANIFEST],
    [["kv", "cache"], NO_MANIFEST],
    [["kv", "d1"], { ...NO_MANIFEST, ...NO_API }],
    [["r2", "cache"], NO_BYTES],
    [["r2", "d1"], { ...NO_BYTES, ...NO_API }],
    [["cache", "d1"], { ...GOOD, ...NO_API }],
    [["kv", "r2", "cache", "d1"], { ...NO_MANIFEST, ...NO_API }],
  ];
  it.each(cases)("without %j", async (down, expected) => {
    await stopFunctions();
    const isolate = await newIsolate(stores.env);
    stores.rules = down.map((store) => DOWN[store]);
    expect(await answers(isolate)).toEqual(expected);
    stores.rules = [];
    expect(await answers(isolate)).toEqual(GOOD);
  });

  it("without R2, where the Cache API has the bytes", async () => {
    await answers(await newIsolate(stores.env));
    stores.rules = [DOWN.r2];
    expect(await answers(await newIsolate(stores.env))).toEqual(GOOD);
  });
});

describe("stores that lie or lag", () => {
  it.each([
    ["KV is slow", { store: "kv", effect: { waits: 30 } }, GOOD],
    ["R2 is slow", { store: "r2", effect: { waits: 30 } }, GOOD],
    ["the Cache API is slow", { store: "cache", effect: { waits: 30 } }, GOOD],
    ["D1 is slow", { store: "d1", effect: { waits: 30 } }, GOOD],
    [
      "KV brings half a manifest",
      {
        store: "kv",
        when: (key: unknown) => String(key).startsWith("host:"),
        effect: { truncatesTo: 200 },
      },
      // The deployment cannot be read, which deploying again repairs: 502 for whatever is asked.
      { ...Object.fromEntries(Object.keys(GOOD).map((name) => [name, 502])), api: 200 },
    ],
    [
      "KV brings half an environment's record",
      {
        store: "kv",
        when: (key: unknown) => String(key).startsWith("environment:"),
        effect: { truncatesTo: 50 },
      },
      { ...GOOD, fn: 503, guarded: 503 },
    ],
    [
      "R2 has lost the bytes",
      { store: "r2", effect: { finds: "nothing" } },
      {
        ...GOOD,
        ...{ small: 502, large: 502, range: 502, protected: 502, fn: 502, guarded: 502 },
      },
    ],
    [
      "R2 breaks a package off",
      {
        store: "r2",
        when: (key: unknown) => /^(?:builds|libraries)\//.test(String(key)),
        effect: { truncatesTo: 200 },
      },
      { ...GOOD, fn: 503, guarded: 503 },
    ],
    ["the Cache API finds nothing", { store: "cache", effect: { finds: "nothing" } }, GOOD],
    [
      "KV has no account record",
      {
        store: "kv",
        when: (key: unknown) => String(key).startsWith("account:"),
        effect: { finds: "nothing" },
      },
      // Nor can a function be given credentials that are not there.
      { ...GOOD, protected: 403, guarded: 403, fn: 503 },
    ],
  ] as [string, (typeof stores.rules)[number], Record<string, unknown>][])(
    "%s",
    async (_, rule, expected) => {
      await stopFunctions();
      const isolate = await newIsolate(stores.env);
      stores.rules = [rule];
      expect(await answers(isolate)).toEqual(expected);
      stores.rules = [];
      pass(31_000);
      expect(await answers(isolate)).toEqual(GOOD);
    },
  );

  it("R2 breaks a body off: 503 for a small asset, an answer that ends in an error for a large", async () => {
    const isolate = await newIsolate(stores.env);
    stores.rules = [{ store: "r2", method: "get", effect: { truncatesTo: 5 } }];
    expect((await isolate.request(`${origin}/small.txt`)).status).toBe(503);
    await expect(isolate.request(`${origin}/large.bin`)).rejects.toThrow();
    stores.rules = [];
    expect(await answers(isolate)).toEqual(GOOD);
    // Nor did the broken body stay in the cache.
    expect(await answers(await newIsolate(stores.env))).toEqual(GOOD);
  });
});

describe("the API while a store is away", () => {
  it.each([
    ["D1", { ...DOWN.d1 }],
    ["D1, by its batches", { ...DOWN.d1, method: "batch" }],
    ["D1, in the runtime's words", { ...DOWN.d1, effect: { fails: "Network connection lost." } }],
    ["R2", { ...DOWN.r2, effect: { fails: "put: We encountered an internal error. (10001)" } }],
    ["KV", { ...DOWN.kv, effect: { fails: "KV PUT failed: 503 Service Unavailable" } }],
    [
      "KV, in the runtime's words",
      { ...DOWN.kv, effect: { fails: "internal error; reference = ab12" } },
    ],
  ] as [string, (typeof stores.rules)[number]][])(
    "%s: 503, the old deployment whole, and the same calls again complete it",
    async (_, rule) => {
      const isolate = await newIsolate(stores.env);
      const client = clientOf(isolate, account);
      const name = `api-${crypto.randomUUID().slice(0, 8)}`;
      const {
        service,
        environment,
        origin: host,
      } = await deployed(client, name, [{ path: "/a.txt", content: "old" }]);
      const {
        asset_versions: [version],
      } = await buildOf(client, service.sid, [{ path: "/a.txt", content: "new" }]);
      const asset = {
        url: `http://localhost:8787/v1/Services/${service.sid}/Assets/${version.asset_sid}`,
      };
      const steps = async () => {
        const uploaded = await client.upload(asset.url, { path: "/a.txt", content: "newer" });
        const build = await client.call("POST", `/Services/${service.sid}/Builds`, {
          AssetVersions: [uploaded.body.sid ?? version.sid],
        });
        if (build.status !== 201) return [uploaded.status, build.status];
        const deployment = await client.call("POST", `${environment.url}/Deployments`, {
          BuildSid: build.body.sid,
        });
        return [uploaded.status, build.status, deployment.status];
      };
      stores.rules = [rule];
      const failed = await steps();
      expect(failed.filter((status) => status !== 201 && status !== 503)).toEqual([]);
      expect(failed).toContain(503);
      stores.rules = [];
      const cold = await newIsolate();
      expect(["old", "newer", "new"]).toContain((await cold.request(`${host}/a.txt`)).text);
      expect(await steps()).toEqual([201, 201, 201]);
      for (const other of [isolate, await newIsolate()]) {
        expect((await other.request(`${host}/a.txt`)).text).toBe("newer");
      }
    },
  );
});

it("the rules reach the stores: without them the same calls pass", async () => {
  expect(
    await (await env.MANIFESTS.get(`host:${new URL(origin).hostname}`))?.length,
  ).toBeGreaterThan(0);
  stores.rules = [DOWN.kv, DOWN.r2, DOWN.d1, DOWN.cache];
  await expect(stores.env.MANIFESTS.get("a")).rejects.toThrow("KV");
  await expect(stores.env.BYTES.get("a")).rejects.toThrow("get");
  await expect(stores.env.DB.prepare("SELECT 1").first()).rejects.toThrow("D1");
  await expect((await caches.open("x")).match("https://a/")).rejects.toThrow("Cache");
  stores.rules = [];
  expect(await stores.env.DB.batch([stores.env.DB.prepare("SELECT 1 AS one")])).toHaveLength(1);
});
