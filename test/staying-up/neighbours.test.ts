/**
 * One tenant, or anyone who knows its addresses, does its worst: what it may take of the isolate is
 * bounded, and counted here, while another tenant's asset, API call and upload are answered.
 */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { EnvironmentActivity } from "../../src/activity/environment-activity.ts";
import { heldBytes } from "../../src/contract/byte-budget.ts";
import worker from "../../src/worker.ts";
import { addAccount, apiRequest, basic, type Credentials } from "../api/client.ts";
import { BOUNDARY, multipartBody, uploadParts } from "../api/uploads.ts";
import { deployed, made, type Upload } from "./client.ts";

const KB = 1024;
const MB = 1024 * KB;
const FORM = "application/x-www-form-urlencoded";

/** What one account gets of the isolate's 48 MB when no other wants any. */
const SHARE = 24 * MB;

const FUNCTIONS: Record<string, string> = {
  "/length": "exports.handler = (c, e, cb) => cb(null, 'called');",
  "/guarded": "exports.handler = (c, e, cb) => cb(null, 'called');",
  "/large": "exports.handler = (c, e, cb) => cb(null, 'x'.repeat(5_900_000));",
  "/refused-fetches": `exports.handler = async (c, e, cb) => {
    for (let i = 0; i < 1_000; i++) await fetch("http://10.0.0.1/").catch(() => {});
    cb(null, "done");
  };`,
  "/writes": `exports.handler = (c, e, cb) => {
    for (let i = 0; i < 2_000; i++) console.log("the same line");
    cb(null, "done");
  };`,
  "/large-field": `exports.handler = (c, e, cb) => {
    cb(null, new Twilio.Response().appendHeader("X-Large", "a".repeat(33_000)));
  };`,
  "/imports": `exports.handler = (c, e, cb) => cb(null, "called");
  async () => {${"import(a);".repeat(20_000)}};`,
  "/exits": `exports.handler = () => {
    for (let i = 0; i < 3; i++) console.log("before the end");
    process.exit(3);
  };`,
  // Whatever the runner waits with, what it hands back is the function's own.
  "/hijacks": `const forged = { status: 200.5, headers: [[1, 2, 3]], body: "x".repeat(3e7) };
  for (const name of ["withResolvers", "all", "race", "resolve"]) {
    const own = Promise[name];
    Promise[name] = function (...given) {
      const made = own.apply(this, given);
      return made && made.resolve ? { ...made, promise: own.call(Promise, forged) } : made;
    };
  }
  const then = Promise.prototype.then;
  Promise.prototype.then = function (done, failed) {
    return then.call(this, done && ((value) => done(value && value.headers ? forged : value)), failed);
  };
  exports.handler = (c, e, cb) => cb(null, "hijacked");`,
  "/too-much": "exports.handler = (c, e, cb) => cb(null, 'x'.repeat(3e7));",
  "/many-fields": `exports.handler = (c, e, cb) => {
    const answer = new Twilio.Response();
    for (let i = 0; i < 100_000; i++) answer.appendHeader("X-" + i, "a");
    cb(null, answer);
  };`,
};

/** Round trips to the database. */
let asked = 0;
const bindings: Env = {
  ...env,
  DB: new Proxy(env.DB, {
    get(target, name) {
      if (name === "prepare" || name === "batch") asked += 1;
      return Reflect.get(target, name).bind(target);
    },
  }),
};

type Project = Awaited<ReturnType<typeof deployed>>;
type Tenant = Project & { credentials: Credentials };

let attacker: Tenant;
let neighbour: Tenant;

beforeAll(async () => {
  attacker = await tenant("attacker");
  neighbour = await tenant("neighbour");
});
beforeEach(() => {
  for (const level of ["warn", "error"] as const) vi.spyOn(console, level).mockReturnValue();
});
afterEach(() => void vi.restoreAllMocks());

async function tenant(name: string): Promise<Tenant> {
  const credentials = await addAccount(name);
  const call = async (method: string, path: string, form?: Record<string, string | string[]>) => {
    const { status, text } = await whole(apiRequest(method, path, form, credentials));
    return { status, body: text === "" ? null : JSON.parse(text) };
  };
  const upload = async (assetUrl: string, version: Upload) => {
    const { status, text } = await whole(
      uploadRequest(`${assetUrl}/Versions`, credentials, version),
    );
    return { status, body: JSON.parse(text) };
  };
  const uploads: Upload[] = [
    { path: "/asset.txt", content: name },
    { path: "/guarded.txt", content: name, visibility: "protected" },
    { path: "/cold.bin", content: new Uint8Array(MB).fill(1) },
    ...Object.entries(FUNCTIONS).map(([path, content]) => ({
      ...{ kind: "function" as const, path, content },
      ...(path === "/guarded" && { visibility: "protected" as const }),
    })),
  ];
  return { ...(await deployed({ call, upload }, name, uploads)), credentials };
}

function uploadRequest(url: string, credentials: Credentials, version: Upload): Request {
  return new Request(url, {
    method: "POST",
    headers: {
      Authorization: basic(credentials),
      "Content-Type": `multipart/form-data; boundary=${BOUNDARY}`,
    },
    body: multipartBody(uploadParts(version)),
  });
}

/** A request that is under way: its answer may come, or not be read. */
function begin(request: Request): Promise<Response> {
  const ctx = createExecutionContext();
  contexts.push(ctx);
  return Promise.resolve(worker.fetch(request as never, bindings, ctx));
}

/** Behind each answer its record waits for others: for seconds, and for nobody here. */
const contexts: ExecutionContext[] = [];
afterAll(async () => {
  await Promise.all(contexts.map(waitOnExecutionContext));
});

async function whole(request: Request): Promise<{ status: number; text: string }> {
  const response = await begin(request);
  const text = new TextDecoder().decode(await response.arrayBuffer());
  return { status: response.status, text };
}

/** A body of which `bytes` come, and no more until it is broken off. */
function withheld(bytes: Uint8Array): { body: ReadableStream; breakOff(): void } {
  let controller: ReadableByteStreamController;
  let broken = false;
  const body = new ReadableStream({
    type: "bytes",
    start(started) {
      controller = started;
      // A queue of its own would hold the bytes twice.
      for (let at = 0; at < bytes.byteLength; at += 64 * KB) {
        started.enqueue(bytes.slice(at, at + 64 * KB));
      }
    },
  });
  return {
    body,
    breakOff() {
      if (!broken) controller.error(new Error("gone"));
      broken = true;
    },
  };
}

/** What the neighbour gets while the attack is under way; nothing that it sends is lost. */
async function neighbourGets() {
  const { service, origin, credentials } = neighbour;
  const asset = await whole(new Request(`${origin}/asset.txt`));
  const called = await whole(new Request(`${origin}/length`));
  const list = await whole(apiRequest("GET", "/Services", undefined, credentials));
  const form = { FriendlyName: "sent meanwhile" };
  const resource = await whole(
    apiRequest("POST", `/Services/${service.sid}/Assets`, form, credentials),
  );
  const content = `sent at ${Date.now()}`;
  const { url } = JSON.parse(resource.text);
  const sent = await whole(
    uploadRequest(`${url}/Versions`, credentials, { path: "/sent.txt", content }),
  );
  const stored = await env.BYTES.get(`assets/${service.sid}/${JSON.parse(sent.text).sid}`);
  return {
    asset: [asset.status, asset.text],
    called: [called.status, called.text],
    services: [list.status, JSON.parse(list.text).services?.length],
    stored: [sent.status, (await stored?.text()) === content],
  };
}

const UNTROUBLED = {
  asset: [200, "neighbour"],
  called: [200, "called"],
  services: [200, 1],
  stored: [201, true],
};

describe("bodies that are held", () => {
  type Held = {
    request(body: ReadableStream): Request;
    count: number;
    sent: number;
    least?: number;
    most: number;
  };
  const post =
    (path: string, headers: Record<string, string> = {}) =>
    (body: ReadableStream) =>
      new Request(attacker.origin + path, { method: "POST", body, headers });
  let begun: Uint8Array;
  beforeAll(async () => {
    const version = { path: "/claims.bin", content: new Uint8Array(4 * MB).fill(1) };
    begun = await multipartBody(uploadParts(version)).bytes();
  });

  it.each<[string, Held]>([
    [
      "of 20 anonymous callers of a function, last byte withheld",
      { count: 20, sent: 3 * MB, most: SHARE, request: (body) => post("/length")(body) },
    ],
    [
      "of 30 who send a byte each",
      { count: 30, sent: 1, most: 30, request: (body) => post("/length")(body) },
    ],
    [
      "of 50 webhooks to a protected asset, wrongly signed",
      {
        ...{ count: 50, sent: 60 * KB, most: 50 * 64 * KB },
        request: (body) =>
          post("/guarded.txt", { "X-Twilio-Signature": `${"A".repeat(27)}=` })(body),
      },
    ],
    [
      "of 20 signed forms to a function, wrongly signed",
      {
        ...{ count: 20, sent: 60 * KB, most: 20 * 64 * KB },
        request: (body) =>
          post("/guarded", { "X-Twilio-Signature": `${"A".repeat(27)}=`, "Content-Type": FORM })(
            body,
          ),
      },
    ],
    [
      "of 40 uploads that claim 25 MB and send six bytes",
      { count: 40, sent: 6, most: 40 * 64 * KB, request: (body) => claimedUpload(body) },
    ],
    [
      "of 12 uploads that stop after half a megabyte",
      {
        count: 12,
        sent: 512 * KB,
        least: 20 * MB,
        most: SHARE,
        request: (body) => claimedUpload(body),
      },
    ],
    [
      "of 30 API forms",
      {
        ...{ count: 30, sent: 900 * KB, most: 8 * MB },
        request: (body) =>
          new Request("http://localhost:8787/v1/Services", {
            method: "POST",
            body,
            headers: { Authorization: basic(attacker.credentials), "Content-Type": FORM },
          }),
      },
    ],
  ])("%s", async (_, { count, sent, least = 1, most, request }) => {
    const bodies = Array.from({ length: count }, () => withheld(begun.slice(0, sent)));
    const before = heldBytes.taken;
    const calls = bodies.map(({ body }) => begin(request(body)));
    await scheduler.wait(300);
    const held = heldBytes.taken - before;
    expect(held).toBeGreaterThanOrEqual(least);
    expect(held).toBeLessThanOrEqual(most);
    expect(await neighbourGets()).toEqual(UNTROUBLED);
    // All that wait for room get a look, and break off too.
    for (const { breakOff } of bodies) breakOff();
    const answers = await Promise.all(calls);
    await Promise.all(answers.map((answer) => answer.arrayBuffer().catch(() => {})));
    await vi.waitFor(() => expect(heldBytes.taken).toBe(before));
  });

  /** An upload as it begins: the parts before the content, and some of that. */
  function claimedUpload(body: ReadableStream): Request {
    return new Request(
      `http://localhost:8787/v1/Services/${attacker.service.sid}/Assets/${assetSid()}/Versions`,
      {
        method: "POST",
        body,
        headers: {
          Authorization: basic(attacker.credentials),
          "Content-Type": `multipart/form-data; boundary=${BOUNDARY}`,
          "Content-Length": String(25 * MB),
        },
      },
    );
  }

  const assetSid = () => attacker.build.asset_versions[0].asset_sid as string;
});

describe("answers that are not read", () => {
  it("of a function, 5.9 MB for each of 10 callers: held within the account's share", async () => {
    const before = heldBytes.taken;
    const calls = Array.from({ length: 10 }, () => begin(new Request(`${attacker.origin}/large`)));
    const answers = await Promise.all(calls);
    const served = answers.filter(({ status }) => status === 200).length;
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 503]));
    const refused = answers.find(({ status }) => status === 503);
    expect(refused?.headers.get("retry-after")).toBe("5");
    const held = heldBytes.taken - before;
    expect(held).toBeGreaterThanOrEqual(served * 5_900_000);
    expect(held).toBeLessThanOrEqual(SHARE);
    expect(await neighbourGets()).toEqual(UNTROUBLED);
    await Promise.all(answers.map((answer) => answer.body?.cancel()));
    await vi.waitFor(() => expect(heldBytes.taken).toBe(before));
  });

  it("of the API: a list's page, for each of 30", async () => {
    await made(domainsOf(attacker));
    const before = heldBytes.taken;
    const { sid } = attacker.environment;
    const path = `/Services/${attacker.service.sid}/Environments/${sid}/Domains?PageSize=1000`;
    const calls = Array.from({ length: 30 }, () =>
      begin(apiRequest("GET", path, undefined, attacker.credentials)),
    );
    const answers = await Promise.all(calls);
    const held = heldBytes.taken - before;
    expect(held).toBeGreaterThan(20 * MB);
    expect(held).toBeLessThanOrEqual(SHARE);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 503]));
    expect(await neighbourGets()).toEqual(UNTROUBLED);
    await Promise.all(answers.map((answer) => answer.body?.cancel()));
    await vi.waitFor(() => expect(heldBytes.taken).toBe(before));
  });

  /** Gives the attacker's environment a list of many megabytes, as no client could so fast. */
  async function domainsOf({ service, environment, credentials }: Tenant) {
    await env.DB.prepare(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
       INSERT INTO domains (sid, account_sid, service_sid, environment_sid, hostname, date_created,
         date_updated)
       SELECT printf('ZN%032x', i), ?1, ?2, ?3, printf('%010000d.example', i), ?4, ?4 FROM n`,
    )
      .bind(credentials.username, service.sid, environment.sid, "2026-01-01T00:00:00Z")
      .run();
    return { status: 201, body: null };
  }
});

describe("work before a signature is proven", () => {
  const NEVER = { "X-Twilio-Signature": `${"A".repeat(27)}=` };
  /** Every pair is spelt differently by every library. */
  const query = Array.from({ length: 100 }, (_, at) => `a%27${at}=%C3%A9+'`).join("&");

  async function hashed(act: () => Promise<{ status: number }>) {
    const verify = vi.spyOn(crypto.subtle, "verify");
    const { status } = await act();
    const sizes = verify.mock.calls.map(([, , , data]) => (data as Uint8Array).byteLength);
    verify.mockRestore();
    return { status, tried: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
  }

  const form = (path: string, body: Uint8Array) => () =>
    whole(
      new Request(`${attacker.origin}${path}?${query}`, {
        method: "POST",
        body,
        headers: { ...NEVER, "Content-Type": FORM },
      }),
    );

  it("is none for a form past 64 KB", async () => {
    const work = await hashed(form("/guarded", new Uint8Array(64 * KB + 1).fill(0xff)));
    expect(work).toEqual({ status: 413, tried: 0, bytes: 0 });
    expect(await neighbourGets()).toEqual(UNTROUBLED);
  });

  it.each([
    ["a form of bytes that are no UTF-8", "/guarded", new Uint8Array(64 * KB).fill(0xff)],
    [
      "a form of nine thousand fields",
      "/guarded",
      new TextEncoder().encode(Array.from({ length: 9_000 }, (_, at) => `n${at}=`).join("&")),
    ],
    ["a form to an asset", "/guarded.txt", new Uint8Array(64 * KB).fill(0xff)],
  ])("is at most eight megabytes and a message for %s", async (_, path, body) => {
    const work = await hashed(form(path, body));
    expect(work.status).toBe(403);
    expect(work.tried).toBeGreaterThan(5);
    // The size of a message: each byte of the form becomes three.
    expect(work.bytes).toBeLessThan(8 * MB + MB);
    expect(await neighbourGets()).toEqual(UNTROUBLED);
  });
});

describe("a limit", () => {
  it("of failed logins comes before the database is asked", async () => {
    let success = true;
    const limited = { ...bindings, API_RATE_LIMIT: { limit: async () => ({ success }) } } as Env;
    const guess = async (password: string) => {
      const request = apiRequest("GET", "/Services", undefined, {
        ...{ username: attacker.credentials.username, password },
      });
      request.headers.set("CF-Connecting-IP", "203.0.113.9");
      const ctx = createExecutionContext();
      contexts.push(ctx);
      return (await worker.fetch(request as never, limited, ctx)).status;
    };
    success = false;
    expect(await guess("first")).toBe(429);
    asked = 0;
    const guesses = await Promise.all(Array.from({ length: 50 }, (_, at) => guess(`guess ${at}`)));
    expect(guesses).toEqual(Array(50).fill(429));
    expect(asked).toBe(0);
    expect(await neighbourGets()).toEqual(UNTROUBLED);
  });

  it("of a form's fields comes before anything is stored", async () => {
    const request = () =>
      new Request("http://localhost:8787/v1/Services", {
        method: "POST",
        headers: { Authorization: basic(attacker.credentials), "Content-Type": FORM },
        body: `UniqueName=a&FriendlyName=b&${"a&".repeat(400_000)}`,
      });
    await whole(request());
    asked = 0;
    const { status, text } = await whole(request());
    expect([status, JSON.parse(text).message]).toEqual([
      400,
      "The request body must have at most 5000 fields",
    ]);
    // Who asks, and no more.
    expect(asked).toBe(1);
    expect(await neighbourGets()).toEqual(UNTROUBLED);
  });
});

describe("builds of what a tenant wrote", () => {
  /** Adds a function and asks for a build of it. */
  async function build(service: { sid: string }, source: string) {
    const { credentials } = attacker;
    const at = `/Services/${service.sid}`;
    const named = { FriendlyName: "/script" };
    const fn = await whole(apiRequest("POST", `${at}/Functions`, named, credentials));
    const sent = await whole(
      uploadRequest(`${JSON.parse(fn.text).url}/Versions`, credentials, {
        ...{ path: "/script", content: source, type: "application/javascript" },
      }),
    );
    const versions = { FunctionVersions: JSON.parse(sent.text).sid };
    return whole(apiRequest("POST", `${at}/Builds`, versions, credentials));
  }

  async function buildsLastHour(): Promise<number> {
    const { text } = await whole(apiRequest("GET", "/Usage", undefined, attacker.credentials));
    return JSON.parse(text).usage.builds_last_hour;
  }

  const names = Array.from({ length: 5_000 }, (_, at) => `_${at}`).join();

  it.each([
    ["declares five thousand names", `let ${names};`, 201],
    ["declares them and ends in an error", `let ${names}; }`, 400],
    [
      "is an array of a hundred thousand",
      `exports.handler = () => [${"0,".repeat(100_000)}];`,
      201,
    ],
    ["nests five thousand arrays", `${"[".repeat(5_000)}${"]".repeat(5_000)};`, expect.any(Number)],
  ])("that %s are another isolate's work", async (_, source, status) => {
    const before = await buildsLastHour();
    const building = build(attacker.service, source);
    expect(await neighbourGets()).toEqual(UNTROUBLED);
    const built = await building;
    expect([built.status, built.status < 500]).toEqual([status, true]);
    // Refused ones, too.
    expect(await buildsLastHour()).toBe(before + 1);
  });

  it("count for an hour, also when their service is gone", async () => {
    const { credentials } = attacker;
    const form = { UniqueName: "short-lived", FriendlyName: "a" };
    const made = await whole(apiRequest("POST", "/Services", form, credentials));
    const service = JSON.parse(made.text);
    const before = await buildsLastHour();
    expect((await build(service, "exports.handler = () => {};")).status).toBe(201);
    const path = `/Services/${service.sid}`;
    expect((await whole(apiRequest("DELETE", path, undefined, credentials))).status).toBe(204);
    expect(await buildsLastHour()).toBe(before + 1);
  });
});

describe("what a function of the attacker's makes of its call", () => {
  it.each(["/refused-fetches", "/writes"])(
    "%s: its lines are one batch of writes",
    async (path) => {
      const batches = vi.spyOn(EnvironmentActivity.prototype, "appendLogs");
      asked = 0;
      const called = whole(new Request(attacker.origin + path));
      expect(await called).toEqual({ status: 200, text: "done" });
      // The neighbour's lines come in batches of its own.
      const sids = () => batches.mock.calls.filter(([sid]) => sid === attacker.environment.sid);
      await vi.waitFor(() => expect(sids().length).toBeGreaterThan(0), { timeout: 10_000 });
      await scheduler.wait(500);
      expect(sids().length).toBe(1);
      expect(asked).toBe(0);
      expect(await neighbourGets()).toEqual(UNTROUBLED);
    },
  );

  it("/exits: what the gateway says of it comes with the record of its request", async () => {
    const { sid } = attacker.environment;
    const batches = vi.spyOn(EnvironmentActivity.prototype, "appendLogs");
    expect((await whole(new Request(`${attacker.origin}/exits`))).status).toBe(500);
    const path = `/Services/${attacker.service.sid}/Environments/${sid}/Logs`;
    const said = "process.exit(3) was called before there was an answer";
    await vi.waitFor(
      async () => {
        const { text } = await whole(apiRequest("GET", path, undefined, attacker.credentials));
        expect(text).toContain(said);
        expect(text).toContain("before the end");
      },
      { timeout: 10_000, interval: 250 },
    );
    expect(batches.mock.calls.filter(([environment]) => environment === sid).length).toBe(1);
  });

  it.each<[string, number[]]>([
    ["/too-much", [500]],
    ["/many-fields", [500]],
    ["/large-field", [500]],
    // Either what the function forged comes to nothing, or it is found out. Last: it spoils its isolate.
    ["/hijacks", [200, 500]],
  ])("%s: an answer that is none is a failure of that call alone", async (path, statuses) => {
    const before = heldBytes.taken;
    const called = whole(new Request(attacker.origin + path));
    expect(await neighbourGets()).toEqual(UNTROUBLED);
    const { status, text } = await called;
    expect([statuses.includes(status), text.length < 1_000]).toEqual([true, true]);
    expect(heldBytes.taken).toBe(before);
  });
});

describe("what the issue did not name", () => {
  // Every import made the whole text anew: the first call kept the isolate for twenty seconds.
  it("a function of twenty thousand imports starts as any other", async () => {
    const called = whole(new Request(`${attacker.origin}/imports`));
    expect(await neighbourGets()).toEqual(UNTROUBLED);
    expect(await called).toEqual({ status: 200, text: "called" });
  });

  it("header rules that would be applied a million times are refused", async () => {
    const { credentials, service } = attacker;
    const rules = `/*\n${"a:b\n!a\n".repeat(9_000)}`;
    const sids = await Promise.all(
      Array.from({ length: 30 }, async (_, at) => {
        const named = { FriendlyName: `asset ${at}` };
        const path = `/Services/${service.sid}/Assets`;
        const asset = await whole(apiRequest("POST", path, named, credentials));
        const version = at === 0 ? { path: "/_headers", content: rules } : { path: `/${at}.txt` };
        const upload = uploadRequest(`${JSON.parse(asset.text).url}/Versions`, credentials, {
          content: "a",
          ...version,
        });
        return JSON.parse((await whole(upload)).text).sid as string;
      }),
    );
    const path = `/Services/${service.sid}/Builds`;
    const building = whole(apiRequest("POST", path, { AssetVersions: sids }, credentials));
    expect(await neighbourGets()).toEqual(UNTROUBLED);
    const { status, text } = await building;
    expect([status, JSON.parse(text).message]).toEqual([
      400,
      expect.stringContaining("its lines may be applied 500000 times"),
    ]);
  });

  it("a cold asset that 20 ask for at once is put into the cache once", async () => {
    const cache = await caches.open("ringback-bytes");
    const put = vi.spyOn(Object.getPrototypeOf(cache), "put");
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => whole(new Request(`${attacker.origin}/cold.bin`))),
    );
    expect(answers.map(({ status, text }) => [status, text.length])).toEqual(
      Array(20).fill([200, MB]),
    );
    expect(put).toHaveBeenCalledTimes(1);
    expect(await neighbourGets()).toEqual(UNTROUBLED);
  });
});
