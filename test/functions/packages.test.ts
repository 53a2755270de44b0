import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type Deployed, deploy } from "./harness.ts";
import { EXAMPLES, type Example } from "./package-examples.ts";

const network = globalThis.fetch;

/** What the stub of the internet got: method, URL and body. */
let sent: string[];

beforeEach(() => {
  sent = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const request = new Request(input as Request, init);
    if (request.url.startsWith(env.NPM_REGISTRY)) return network(request);
    sent.push(`${request.method} ${request.url} ${await request.text()}`.trim());
    if (request.url.endsWith("/moved")) {
      return new Response("", { status: 303, headers: { Location: "/here" } });
    }
    return Response.json({ ok: true, valid: true, id: "x1", fields: { name: "Bo" } });
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** What people use most, out of node_modules: no network is needed for these. */
const ALWAYS = [
  ...["@sendgrid/mail", "axios", "dayjs", "form-data", "got", "jsonwebtoken", "lodash", "moment"],
  ...["moment-timezone", "nanoid", "node-fetch", "qs", "stripe", "uuid", "zod"],
];
const LOCAL = ALWAYS.map(
  (name) => EXAMPLES.find(({ dependency }) => dependency === name) as Example,
);

describe("what people use most, called", () => {
  let project: Deployed;
  const fileOf = ({ dependency }: Example) => dependency.replace(/[^a-z0-9-]/g, "_");

  beforeAll(async () => {
    const source = ({ body }: Example) =>
      `exports.handler = async (context, event, callback) => {
        const run = async () => { ${body} };
        callback(null, { returns: await run() });
      };`;
    const functions = Object.fromEntries(
      LOCAL.map((example) => [`${fileOf(example)}.js`, source(example)]),
    );
    const dependencies = LOCAL.map(({ dependency: name, version = "*" }) => ({ name, version }));
    const assets = { "greeting.private.js": 'module.exports = "ahoy";' };
    project = await deploy({ functions, assets, dependencies });
  });

  it("is at least ten packages", () => {
    expect(LOCAL.length).toBeGreaterThanOrEqual(10);
  });

  it.each(LOCAL.map((example) => [example.dependency, example] as const))(
    "%s",
    async (_, example) => {
      const { body } = await project.call(`/${fileOf(example)}`, { timeout: 5_000 });
      expect(JSON.parse(body)).toEqual({ returns: example.returns });
      expect(sent).toEqual(example.sends ?? []);
    },
  );
});

describe("a redirect", () => {
  const CALL: [client: string, version: string, call: string][] = [
    ["axios", "*", `(await require("axios").post(url, { n: 1 })).data.ok`],
    ["got", "*", `(await require("got").post(url, { json: { n: 1 } }).json()).ok`],
    [
      "node-fetch",
      "*",
      `(await (await require("node-fetch")(url, { method: "POST", body: '{"n":1}' })).json()).ok`,
    ],
  ];

  it.each(CALL)("is followed by %s (%s)", async (name, version, call) => {
    const { call: ask } = await deploy({
      functions: {
        "f.js": `exports.handler = async (c, e, cb) => {
          const url = "https://example.com/moved";
          cb(null, ${call});
        };`,
      },
      dependencies: [{ name, version }],
    });
    const { body } = await ask("/f", { timeout: 5_000 });
    expect([body, ...sent]).toEqual([
      "true",
      'POST https://example.com/moved {"n":1}',
      "GET https://example.com/here",
    ]);
  });
});

describe("a time limit", () => {
  it.each([
    ["axios", "*", `require("axios").get(url, { timeout: 50 })`, "timeout of 50ms exceeded"],
    ["got", "*", `require("got")(url, { timeout: 50, retry: 0 })`, "Timeout awaiting 'request'"],
    ["node-fetch", "*", `require("node-fetch")(url, { timeout: 50 })`, "network timeout at"],
  ])("is kept by %s (%s)", async (name, version, call, message) => {
    vi.mocked(globalThis.fetch).mockImplementation(async (input) => {
      const { url } = new Request(input as Request);
      if (url.startsWith(env.NPM_REGISTRY)) return network(input);
      await new Promise((resolve) => setTimeout(resolve, 500));
      return new Response("late");
    });
    const { call: ask } = await deploy({
      functions: {
        "f.js": `exports.handler = async (c, e, cb) => {
          const url = "https://example.com/late";
          cb(null, await ${call}.then(() => "answered", (error) => error.message));
        };`,
      },
      dependencies: [{ name, version }],
    });
    expect((await ask("/f", { timeout: 2_000 })).body).toContain(message);
  });
});

describe("a package that is not among them", () => {
  it("runs when it is inlined as docs/functions.md says", async () => {
    const { call } = await deploy({ functions: { "reply.js": env.DOCUMENTED_BUNDLE } });
    expect((await call("/reply?Body=a/ahoy")).body).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><Response><Message>AHOY</Message></Response>',
    );
  });
});
