/** Two accounts with the same paths: nothing of one is served for the other, in any order. */
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { addAccount, type Credentials, call } from "../api/client.ts";
import { sign } from "../conformance/sign.ts";
import { type Isolate, newIsolate } from "../isolate.ts";
import { laggingKv } from "../lagging-kv.ts";
import { buildOf, type Client, clientOf, deployed, made, type Upload } from "./client.ts";

type Project = Awaited<ReturnType<typeof deployed>>;

const HELLO = "exports.handler = (context, event, callback) => callback(null, 'hello');";
const STATUS = `exports.handler = (context, event, callback) =>
  callback(null, new Twilio.Response({ statusCode: Number(context.STATUS) }));`;
/** Says, and logs, all that its Worker was ever given, and keeps what it can. */
const TELL = `const seen = [];
exports.handler = (context, event, callback) => {
  const { OWNER, ACCOUNT_SID, AUTH_TOKEN, ENVIRONMENT_SID } = context;
  globalThis.kept = [...(globalThis.kept || []), OWNER];
  seen.push(OWNER, ACCOUNT_SID, AUTH_TOKEN, ENVIRONMENT_SID, process.env.OWNER, event.who);
  require("fs").writeFileSync("/tmp/" + OWNER, OWNER);
  const told = { seen, kept: globalThis.kept, files: require("fs").readdirSync("/tmp") };
  console.log(JSON.stringify(told));
  callback(null, told);
};`;

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

describe("two accounts with the same functions and variables", () => {
  const NAMES = ["Anne", "Bert"] as const;
  type Tenant = { name: string; other: RegExp; project: Project; client: Client; urls: Asked[] };
  type Asked = { url: string; headers: Record<string, string>; status: number };
  let tenants: Tenant[];

  beforeAll(async () => {
    const isolate = await newIsolate();
    const accounts = await Promise.all(NAMES.map((name) => addAccount(name)));
    const projects = await Promise.all(
      accounts.map((account, index) =>
        deployed(
          clientOf(isolate, account),
          "same-functions",
          [
            { kind: "function", path: "/tell", content: TELL },
            { kind: "function", path: "/guarded", content: TELL, visibility: "protected" },
          ],
          { variables: { OWNER: NAMES[index] as string, SERIAL: "0" } },
        ),
      ),
    );
    const told = accounts.map(({ username, password }, index) =>
      [NAMES[index], username, password, projects[index]?.environment.sid].join("|"),
    );
    tenants = await Promise.all(
      projects.map(async (project, index) => {
        const [own, theirs] = [accounts[index], accounts[1 - index]] as [Credentials, Credentials];
        const guarded = `${project.origin}/guarded`;
        const signed = async (token: string, status: number) => ({
          url: guarded,
          headers: { "X-Twilio-Signature": await sign(token, guarded) },
          status,
        });
        return {
          name: NAMES[index] as string,
          other: new RegExp(told[1 - index] as string),
          project,
          client: clientOf(isolate, own),
          urls: [
            { url: `${project.origin}/tell?who=${NAMES[index]}`, headers: {}, status: 200 },
            await signed(own.password, 200),
            await signed(theirs.password, 403),
          ],
        };
      }),
    );
  });

  it("see and log nothing of each other, whoever comes first, cold and warm", async () => {
    const wrong: string[] = [];
    const all = tenants.flatMap((tenant) => tenant.urls.map((asked) => ({ tenant, asked })));
    const lines = new Map(NAMES.map((name) => [name as string, 0]));
    for (let first = 0; first < all.length; first++) {
      // Another value makes another Worker: each order begins with none that runs.
      for (const { client, project } of tenants) {
        const { body } = await client.call("GET", `${project.environment.url}/Variables`);
        const serial = body.variables.find(({ key }: { key: string }) => key === "SERIAL");
        await client.call("POST", serial.url, { Value: String(first + 1) });
      }
      const isolate = await newIsolate();
      const order = [...all.slice(first), ...all.slice(0, first)];
      for (const { tenant, asked } of [...order, ...order.toReversed()]) {
        const { status, text } = await isolate.request(asked.url, { headers: asked.headers });
        if (status !== asked.status || tenant.other.test(text)) {
          wrong.push(`${asked.url}: ${status} ${text}`);
        }
        if (status !== 200) continue;
        lines.set(tenant.name, (lines.get(tenant.name) ?? 0) + 1);
        if (JSON.parse(text).files.join() !== tenant.name) wrong.push(`files: ${text}`);
      }
    }
    expect(wrong).toEqual([]);
    for (const { name, other, client, project } of tenants) {
      const logs = `${project.environment.url}/Logs?PageSize=100`;
      const found = async () => (await client.call("GET", logs)).body.logs;
      await vi.waitFor(async () => expect(await found()).toHaveLength(lines.get(name) as number), {
        timeout: 10_000,
      });
      for (const { message, account_sid } of await found()) {
        expect(message).not.toMatch(other);
        expect(account_sid).toBe(project.service.account_sid);
      }
    }
  });

  it("run at once in one isolate, each with its own", async () => {
    const isolate = await newIsolate();
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const { other, urls } = tenants[index % 2] as Tenant;
        const { text, status } = await isolate.request((urls[0] as Asked).url);
        return status === 200 && !other.test(text);
      }),
    );
    expect(answers).toEqual(Array(20).fill(true));
  });
});

describe("what the old answer may be after a change, where KV lags", () => {
  /** What is ours and what a data centre is asked to keep, seconds: docs/operations.md. */
  const BOUND = 40;
  let serial = 0;
  let owner: Credentials;

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    owner = await addAccount("Owner");
  });

  type Asked = { url: string; headers: Record<string, string> };
  /** An asset and a function that are open to everybody. */
  const open = (origin: string): Asked[] =>
    ["/open.txt", "/open"].map((path) => ({ url: origin + path, headers: {} }));

  const resources = (visibility: string): Upload[] => [
    { path: "/open.txt", content: "open", visibility },
    { kind: "function", path: "/open", content: HELLO, visibility },
    { path: "/kept.txt", content: "kept", visibility: "protected" },
    { kind: "function", path: "/kept", content: HELLO, visibility: "protected" },
    { kind: "function", path: "/status", content: STATUS },
  ];

  async function redeploy({ service, environment }: Project, visibility: string): Promise<void> {
    const client = clientOf(await newIsolate(), owner);
    const build = await buildOf(client, service.sid, resources(visibility));
    await made(client.call("POST", `${environment.url}/Deployments`, { BuildSid: build.sid }));
  }

  /**
   * Each change: what is asked, the answer before it and the answer after it. `change` is made by an isolate that is not the one that is asked.
   */
  const changes: Record<
    string,
    {
      before: number;
      after: number;
      asked(origin: string): Asked[] | Promise<Asked[]>;
      change(project: Project): Promise<unknown>;
    }
  > = {
    "what is public turns protected": {
      before: 200,
      after: 403,
      asked: open,
      change: (project) => redeploy(project, "protected"),
    },
    "what is public turns private": {
      before: 200,
      after: 404,
      asked: open,
      change: (project) => redeploy(project, "private"),
    },
    "a service is deleted": {
      before: 200,
      after: 404,
      asked: open,
      async change({ service }) {
        await clientOf(await newIsolate(), owner).call("DELETE", `/Services/${service.sid}`);
      },
    },
    "an account is removed": {
      before: 200,
      after: 404,
      asked: open,
      async change() {
        expect((await call("DELETE", `/Accounts/${owner.username}`)).status).toBe(204);
      },
    },
    "a token is dropped": {
      before: 200,
      after: 403,
      asked: (origin) =>
        Promise.all(
          [`${origin}/kept.txt`, `${origin}/kept`].map(async (url) => ({
            url,
            headers: { "X-Twilio-Signature": await sign(owner.password, url) },
          })),
        ),
      async change() {
        const tokens = `/Accounts/${owner.username}/AuthTokens`;
        expect((await call("POST", `${tokens}/Secondary`)).status).toBe(201);
        expect((await call("POST", `${tokens}/Promote`)).status).toBe(200);
        expect((await call("DELETE", `${tokens}/Secondary`)).status).toBe(204);
      },
    },
    "a variable changes": {
      before: 200,
      after: 202,
      asked: (origin) => [{ url: `${origin}/status`, headers: {} }],
      async change({ environment }) {
        const client = clientOf(await newIsolate(), owner);
        const { body } = await client.call("GET", `${environment.url}/Variables`);
        const [{ url }] = body.variables;
        expect((await client.call("POST", url, { Value: "202" })).status).toBe(200);
      },
    },
  };

  /** When the far isolate is asked, seconds after the change; the last is at the bound. */
  const patterns: Record<string, number[]> = {
    "asked every second": Array.from({ length: 121 }, (_, second) => second),
    "asked at the end of each time-out": [29.999, 30, 35, 39.998, BOUND],
    "not asked again before the bound": [BOUND],
    "asked once late": [29.999, BOUND],
  };

  for (const [name, { before, after, asked, change }] of Object.entries(changes)) {
    it.each(Object.entries(patterns))(`${name}: the bound holds, %s`, async (_, seconds) => {
      serial += 1;
      const client = clientOf(await newIsolate(), owner);
      const variables = { STATUS: "200" };
      const project = await deployed(client, `flip-${serial}`, resources("public"), { variables });
      const requests = await asked(project.origin);
      // The data centre reads at the last moment before the change, by another of its isolates.
      const far = { ...env, MANIFESTS: laggingKv() as unknown as KVNamespace };
      const isolate = await newIsolate(far);
      const status = async (of: Isolate, { url, headers }: Asked) =>
        (await of.request(url, { headers })).status;
      const other = await newIsolate(far);
      for (const one of requests) expect(await status(other, one)).toBe(before);
      await change(project);
      const changed = Date.now();
      const seen: [second: number, status: number][][] = requests.map(() => []);
      for (const second of seconds) {
        vi.setSystemTime(changed + second * 1000);
        for (const [index, one] of requests.entries()) {
          seen[index]?.push([second, await status(isolate, one)]);
        }
      }
      for (const answers of seen) {
        const late = answers.filter(([second, status]) => second >= BOUND && status !== after);
        const odd = answers.filter(([, status]) => status !== before && status !== after);
        expect([late, odd]).toEqual([[], []]);
        // Once the new answer was seen, the old one never comes back.
        const statuses = answers.map(([, status]) => status);
        expect(statuses.lastIndexOf(before)).toBeLessThan(statuses.indexOf(after));
      }
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
      [39.8, 200],
      [40, 404],
    ] as const) {
      vi.setSystemTime(deleted + second * 1000);
      expect([second, (await isolate.request(open)).status]).toEqual([second, status]);
    }
  });

  it("a function of a build that was replaced and deleted is called on meanwhile", async () => {
    const client = clientOf(await newIsolate(), owner);
    const project = await deployed(client, "flip-deleted", resources("public"));
    const isolate = await newIsolate({ ...env, MANIFESTS: laggingKv() as unknown as KVNamespace });
    const status = async (path: string) => (await isolate.request(project.origin + path)).status;
    expect(await status("/open.txt")).toBe(200);
    await redeploy(project, "protected");
    expect((await client.call("DELETE", project.build.url)).status).toBe(204);
    expect([await status("/open.txt"), await status("/open")]).toEqual([200, 200]);
  });

  it.each(["what is public turns private", "a service is deleted", "a variable changes"])(
    "an isolate that deployed itself a moment before hears of it 10 s later: %s",
    async (name) => {
      serial += 1;
      const { before, after, asked, change } = changes[name] as (typeof changes)[string];
      const isolate = await newIsolate({ ...env, MANIFESTS: laggingReads() });
      const uploads = resources("public");
      const project = await deployed(clientOf(isolate, owner), `flip-own-${serial}`, uploads, {
        variables: { STATUS: "200" },
      });
      const requests = await asked(project.origin);
      const statuses = () =>
        Promise.all(
          requests.map(
            async ({ url, headers }) => (await isolate.request(url, { headers })).status,
          ),
        );
      expect(await statuses()).toEqual(requests.map(() => before));
      vi.setSystemTime(Date.now() + 1_000);
      await change(project);
      vi.setSystemTime(Date.now() + 10_000);
      expect(await statuses()).toEqual(requests.map(() => after));
    },
  );

  it("the isolate that made the change shows it at once", async () => {
    const isolate = await newIsolate({ ...env, MANIFESTS: laggingReads() });
    const client = clientOf(isolate, owner);
    const variables = { STATUS: "200" };
    const uploads = resources("public");
    const project = await deployed(client, "flip-here", uploads, { variables });
    const { service, origin, environment } = project;
    const status = async (path: string) => (await isolate.request(origin + path)).status;
    expect([await status("/open.txt"), await status("/status")]).toEqual([200, 200]);
    const { body } = await client.call("GET", `${environment.url}/Variables`);
    await client.call("POST", body.variables[0].url, { Value: "202" });
    expect(await status("/status")).toBe(202);
    await client.call("DELETE", body.variables[0].url);
    expect(await status("/status")).toBe(200);
    await client.call("DELETE", `/Services/${service.sid}`);
    expect([await status("/open.txt"), await status("/status")]).toEqual([404, 404]);
  });
});

/** The namespace, written at once and read as another data centre would. */
function laggingReads(): KVNamespace {
  const lagging = laggingKv() as object;
  return new Proxy(env.MANIFESTS, {
    get(real, name) {
      const member = Reflect.get(Object.hasOwn(lagging, name) ? lagging : real, name) as unknown;
      return typeof member === "function" ? member.bind(real) : member;
    },
  });
}

function* permutations<Item>(items: Item[]): Generator<Item[]> {
  if (items.length < 2) yield items;
  for (const [index, first] of items.entries()) {
    const rest = items.toSpliced(index, 1);
    if (rest.length > 0) for (const order of permutations(rest)) yield [first, ...order];
  }
}
