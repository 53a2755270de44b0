/** Two accounts with the same paths: nothing of one is served for the other, in any order. */
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { addAccount, type Credentials, call } from "../api/client.ts";
import { sign } from "../conformance/sign.ts";
import { type Isolate, newIsolate } from "../isolate.ts";
import { laggingKv } from "../lagging-kv.ts";
import { buildOf, clientOf, deployed, made } from "./client.ts";

beforeEach(() => {
  vi.spyOn(console, "warn").mockReturnValue();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("two accounts with the same paths", () => {
  /** One request and the only answer to it. */
  type Row = { url: string; signature?: string; status: number; body?: string };
  let rows: Row[];
  let cacheKeys: string[];

  beforeAll(async () => {
    const isolate = await newIsolate();
    const [anne, bert] = [await addAccount("Anne"), await addAccount("Bert")];
    // The same bytes under the same path, public for Anne and protected for Bert.
    const annes = await deployed(clientOf(isolate, anne), "tenant", [
      { path: "/same.txt", content: "the same bytes" },
      { path: "/own.txt", content: "of Anne", visibility: "protected" },
      { path: "/hidden.txt", content: "of Bert", visibility: "private" },
    ]);
    const berts = await deployed(clientOf(isolate, bert), "tenant", [
      { path: "/same.txt", content: "the same bytes", visibility: "protected" },
      { path: "/own.txt", content: "of Bert", visibility: "protected" },
    ]);
    const [annesOwn, bertsOwn] = [`${annes.origin}/own.txt`, `${berts.origin}/own.txt`];
    rows = [
      { url: `${annes.origin}/same.txt`, status: 200, body: "the same bytes" },
      { url: `${berts.origin}/same.txt`, status: 403 },
      {
        url: annesOwn,
        signature: await sign(anne.password, annesOwn),
        status: 200,
        body: "of Anne",
      },
      {
        url: bertsOwn,
        signature: await sign(bert.password, bertsOwn),
        status: 200,
        body: "of Bert",
      },
      { url: bertsOwn, signature: await sign(anne.password, bertsOwn), status: 403 },
      { url: `${annes.origin}/hidden.txt`, status: 404 },
    ];
    cacheKeys = [annes, berts].flatMap(({ service, build }) =>
      build.asset_versions.map(
        (version: { content_sha256: string }) =>
          `https://localhost/.bytes/${service.account_sid}/${version.content_sha256}`,
      ),
    );
  });

  async function ask(isolate: Isolate, order: Row[]): Promise<string[]> {
    const wrong: string[] = [];
    for (const { url, signature, status, body } of order) {
      const headers: HeadersInit = signature ? { "X-Twilio-Signature": signature } : {};
      const answer = await isolate.request(url, { headers });
      const right =
        answer.status === status &&
        (body === undefined
          ? !/of Anne|of Bert|the same bytes/.test(answer.text)
          : answer.text === body);
      if (!right) wrong.push(`${url}: ${answer.status} ${answer.text}`);
    }
    return wrong;
  }

  it("get their own in all 120 orders, in an isolate that remembers nothing", async () => {
    const wrong: string[] = [];
    let count = 0;
    for (const order of permutations(rows.slice(0, 5))) {
      count += 1;
      wrong.push(...(await ask(await newIsolate(), order)));
    }
    expect([count, wrong]).toEqual([120, []]);
  }, 60_000);

  it("get their own whoever comes first where the Cache API is empty too", async () => {
    const wrong: string[] = [];
    for (const first of rows) {
      for (const second of rows) {
        const cache = await caches.open("ringback-bytes");
        for (const key of cacheKeys) await cache.delete(key);
        wrong.push(...(await ask(await newIsolate(), [first, second])));
      }
    }
    expect(wrong).toEqual([]);
  }, 60_000);

  it("get their own of one isolate that remembers them all, whoever asks next", async () => {
    const isolate = await newIsolate();
    for (const order of [rows, rows.toReversed(), [...rows, ...rows]]) {
      expect(await ask(isolate, order)).toEqual([]);
    }
  });
});

describe("what the old answer may be after a change, where KV lags", () => {
  /** The number that docs/operations.md promises, seconds. */
  const BOUND = 60;
  let serial = 0;
  let owner: Credentials;

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    owner = await addAccount("Owner");
  });

  const sameHost = (url: string) => ({ url, headers: {} });

  /**
   * Each change: what is asked, the answer before it and the answer after it. `change` is made by an
   * isolate that is not the one that is asked.
   */
  const changes: Record<
    string,
    {
      before: number;
      after: number;
      prepare(origin: string): Promise<{ url: string; headers: Record<string, string> }>;
      change(project: Awaited<ReturnType<typeof deployed>>): Promise<unknown>;
    }
  > = {
    "a public asset turns protected": {
      before: 200,
      after: 403,
      prepare: async (origin) => sameHost(`${origin}/open.txt`),
      async change({ service, environment }) {
        const client = clientOf(await newIsolate(), owner);
        const asset = { path: "/open.txt", content: "open", visibility: "protected" };
        const build = await buildOf(client, service.sid, [asset]);
        await made(client.call("POST", `${environment.url}/Deployments`, { BuildSid: build.sid }));
      },
    },
    "a public asset turns private": {
      before: 200,
      after: 404,
      prepare: async (origin) => sameHost(`${origin}/open.txt`),
      async change({ service, environment }) {
        const client = clientOf(await newIsolate(), owner);
        const asset = { path: "/open.txt", content: "open", visibility: "private" };
        const build = await buildOf(client, service.sid, [asset]);
        await made(client.call("POST", `${environment.url}/Deployments`, { BuildSid: build.sid }));
      },
    },
    "a service is deleted": {
      before: 200,
      after: 404,
      prepare: async (origin) => sameHost(`${origin}/open.txt`),
      async change({ service }) {
        await clientOf(await newIsolate(), owner).call("DELETE", `/Services/${service.sid}`);
      },
    },
    "an account is removed": {
      before: 200,
      after: 404,
      prepare: async (origin) => sameHost(`${origin}/open.txt`),
      async change() {
        expect((await call("DELETE", `/Accounts/${owner.username}`)).status).toBe(204);
      },
    },
    "a token is dropped": {
      before: 200,
      after: 403,
      prepare: async (origin) => {
        const url = `${origin}/kept.txt`;
        return { url, headers: { "X-Twilio-Signature": await sign(owner.password, url) } };
      },
      async change() {
        const tokens = `/Accounts/${owner.username}/AuthTokens`;
        expect((await call("POST", `${tokens}/Secondary`)).status).toBe(201);
        expect((await call("POST", `${tokens}/Promote`)).status).toBe(200);
        expect((await call("DELETE", `${tokens}/Secondary`)).status).toBe(204);
      },
    },
  };

  /** When the far isolate is asked, seconds after the change; the last is at the bound. */
  const patterns: Record<string, number[]> = {
    "asked every second": Array.from({ length: 121 }, (_, second) => second),
    "asked at the end of each time-out": [29.999, 30, 35, 59.998, BOUND],
    "not asked again before the bound": [BOUND],
    "asked once late": [29.999, BOUND],
  };

  for (const [name, { before, after, prepare, change }] of Object.entries(changes)) {
    it.each(Object.entries(patterns))(`${name}: the bound holds, %s`, async (_, seconds) => {
      serial += 1;
      const project = await deployed(clientOf(await newIsolate(), owner), `flip-${serial}`, [
        { path: "/open.txt", content: "open" },
        { path: "/kept.txt", content: "kept", visibility: "protected" },
      ]);
      const { url, headers } = await prepare(project.origin);
      // The data centre reads at the last moment before the change, by another of its isolates.
      const far = { ...env, MANIFESTS: laggingKv() as unknown as KVNamespace };
      const isolate = await newIsolate(far);
      const status = async (of: Isolate) => (await of.request(url, { headers })).status;
      expect(await status(await newIsolate(far))).toBe(before);
      await change(project);
      const changed = Date.now();
      const seen: [second: number, status: number][] = [];
      for (const second of seconds) {
        vi.setSystemTime(changed + second * 1000);
        seen.push([second, await status(isolate)]);
      }
      const late = seen.filter(([second, status]) => second >= BOUND && status !== after);
      const odd = seen.filter(([, status]) => status !== before && status !== after);
      expect([late, odd]).toEqual([[], []]);
      // Once the new answer was seen, the old one never comes back.
      const statuses = seen.map(([, status]) => status);
      expect(statuses.lastIndexOf(before)).toBeLessThan(statuses.indexOf(after));
    });
  }

  it("the bound is not met by luck: before it the old answer is still given", async () => {
    const project = await deployed(clientOf(await newIsolate(), owner), "flip-late", [
      { path: "/open.txt", content: "open" },
    ]);
    const far = { ...env, MANIFESTS: laggingKv() as unknown as KVNamespace };
    const isolate = await newIsolate(far);
    const open = `${project.origin}/open.txt`;
    await (await newIsolate(far)).request(open);
    await clientOf(await newIsolate(), owner).call("DELETE", `/Services/${project.service.sid}`);
    const deleted = Date.now();
    for (const [second, status] of [
      [29.9, 200],
      [59.8, 200],
      [60, 404],
    ] as const) {
      vi.setSystemTime(deleted + second * 1000);
      expect([second, (await isolate.request(open)).status]).toEqual([second, status]);
    }
  });

  it("the isolate that made the change shows it at once", async () => {
    const isolate = await newIsolate();
    const client = clientOf(isolate, owner);
    const { service, origin } = await deployed(client, "flip-here", [
      { path: "/open.txt", content: "open" },
    ]);
    expect((await isolate.request(`${origin}/open.txt`)).status).toBe(200);
    await client.call("DELETE", `/Services/${service.sid}`);
    expect((await isolate.request(`${origin}/open.txt`)).status).toBe(404);
  });
});

function* permutations<Item>(items: Item[]): Generator<Item[]> {
  if (items.length < 2) yield items;
  for (const [index, first] of items.entries()) {
    const rest = items.toSpliced(index, 1);
    if (rest.length > 0) for (const order of permutations(rest)) yield [first, ...order];
  }
}
