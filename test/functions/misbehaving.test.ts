/** Functions that do what none should: each hurts its own request alone. */
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { addAccount, type Credentials } from "../api/client.ts";
import { type Isolate, newIsolate, type Received } from "../isolate.ts";
import { type Client, clientOf, deployed, type Upload } from "../staying-up/client.ts";

const RANGE_ERROR = "The answer is larger than 6291456 bytes";

/** What `failureAnswer` writes. */
function failure(name: string, message: string): string {
  return JSON.stringify({ message, name, stack: `${name}: ${message}` });
}

const NEVER = "exports.handler = () => {};";

/** Name: source, and the status and body of its answer. A loop is not among them: none ends here. */
const FUNCTIONS: Record<string, [source: string, status: number, body: string | RegExp]> = {
  exits: ["exports.handler = () => process.exit(1);", 500, "Runtime application exited."],
  "exits-later": [
    "exports.handler = () => setTimeout(() => process.exit(0), 5);",
    500,
    "Runtime application exited.",
  ],
  aborts: ["exports.handler = () => process.abort();", 500, /^/],
  "throws-in-a-timer": [
    "exports.handler = () => setTimeout(() => { throw new Error('late'); }, 5);",
    500,
    failure("Error", "late"),
  ],
  "throws-in-a-tick": [
    "exports.handler = () => process.nextTick(() => { throw new Error('tick'); });",
    500,
    failure("Error", "tick"),
  ],
  "rejects-unseen": [
    "exports.handler = () => { Promise.reject(new Error('unseen')); };",
    500,
    failure("Error", "unseen"),
  ],
  "emits-an-error": [
    "exports.handler = () => { setTimeout(() => new (require('events'))().emit('error', new Error('emitted')), 5); };",
    500,
    failure("Error", "emitted"),
  ],
  "throws-undefined": ["exports.handler = () => { throw undefined; };", 500, /"name":"NonError"/],
  "never-answers": [NEVER, 504, "Runtime application timed out."],
  "answers-too-late": [
    "exports.handler = (c, e, cb) => setTimeout(() => cb(null, 'late'), 5_000);",
    504,
    "Runtime application timed out.",
  ],
  "says-too-much": [
    "exports.handler = (c, e, cb) => cb(null, 'x'.repeat(6 * 1024 * 1024 + 1));",
    500,
    failure("RangeError", RANGE_ERROR),
  ],
  "says-all-that-it-may": [
    "exports.handler = (c, e, cb) => cb(null, 'x'.repeat(6 * 1024 * 1024));",
    200,
    /^x{1000}/,
  ],
  "says-too-much-in-two-bytes-each": [
    "exports.handler = (c, e, cb) => cb(null, 'é'.repeat(3 * 1024 * 1024 + 1));",
    500,
    failure("RangeError", RANGE_ERROR),
  ],
  "says-what-is-no-JSON": [
    "exports.handler = (c, e, cb) => { const circle = {}; circle.self = circle; cb(null, circle); };",
    500,
    /^\{"message":"Converting circular structure to JSON/,
  ],
  "recurses-without-end": [
    "exports.handler = (c, e, cb) => exports.handler(c, e, cb);",
    500,
    failure("RangeError", "Maximum call stack size exceeded"),
  ],
  "floods-the-logs": [
    "exports.handler = (c, e, cb) => { for (let i = 0; i < 5_000; i++) console.log('flood', i); cb(null, 'ok'); };",
    200,
    "ok",
  ],
  "splits-a-header": [
    "exports.handler = (c, e, cb) => cb(null, new Twilio.Response({ headers: { 'X-A': 'a\\r\\nX-B: b' } }));",
    500,
    failure("TypeError", "Invalid header value."),
  ],
  "answers-what-is-no-status": [
    "exports.handler = (c, e, cb) => cb(null, new Twilio.Response({ statusCode: 101 }));",
    500,
    failure("RangeError", "Invalid status code: 101"),
  ],
};

const CALLS_ITSELF = `exports.handler = async (c, e, cb) => {
  const { status } = await fetch("http://" + c.DOMAIN_NAME + c.PATH);
  cb(null, new Twilio.Response({ statusCode: status === 429 ? 203 : status, body: "deep" }));
};`;

const FINE = "exports.handler = (context, event, callback) => callback(null, 'fine');";

let isolate: Isolate;
let account: Credentials;
let client: Client;
let project: Awaited<ReturnType<typeof deployed>>;
let neighbour: string;

beforeAll(async () => {
  const LIMITS = { ...env.LIMITS, function_seconds: 1, services_per_account: 100 };
  isolate = await newIsolate({ ...env, LIMITS });
  account = await addAccount("Misbehaving");
  client = clientOf(isolate, account);
  const other = clientOf(isolate, await addAccount("Neighbour"));
  const sources = Object.entries(FUNCTIONS).map(([name, [source]]) => [name, source]);
  const given = { fine: FINE, never: NEVER, "calls-itself": CALLS_ITSELF };
  const functions = { ...given, ...Object.fromEntries(sources) };
  project = await deployed(client, "misbehaving", uploads(functions));
  neighbour = (await deployed(other, "neighbour", uploads({ fine: FINE }))).origin;
});
beforeEach(() => {
  vi.spyOn(console, "error").mockReturnValue();
});
afterEach(() => {
  vi.restoreAllMocks();
});

function uploads(functions: Record<string, string>): Upload[] {
  return [
    { path: "/asset.txt", content: "asset" },
    ...Object.entries(functions).map(([name, content]) => ({
      kind: "function" as const,
      path: `/${name}`,
      content,
    })),
  ];
}

/** What the functions beside and the neighbours answer. */
async function answers(...origins: string[]): Promise<string[]> {
  const asked = origins.flatMap((origin) => [`${origin}/fine`, `${origin}/asset.txt`]);
  const received = await Promise.all(asked.map((url) => isolate.request(url)));
  return received.map(({ status, text }) => `${status} ${text}`);
}

describe("a function", () => {
  it.each(Object.entries(FUNCTIONS))("that %s", async (name, [, status, body]) => {
    const asked = isolate.request(`${project.origin}/${name}`);
    const beside = await answers(neighbour);
    const answer = await asked;
    expect([answer.status, beside]).toEqual([status, ["200 fine", "200 asset"]]);
    expect(answer.text.slice(0, 2_000)).toMatch(typeof body === "string" ? wholly(body) : body);
    expect(answer.headers.get("cache-control")).toMatch(/^no-store(?:, no-transform)?$/);
    expect(await answers(project.origin)).toEqual(["200 fine", "200 asset"]);
  });

  it("that calls itself is refused in its thirtieth call", { timeout: 30_000 }, async () => {
    // Thirty instances start one after the other: a second is not enough for that everywhere.
    const { request } = await newIsolate();
    const { status, text } = await request(`${project.origin}/calls-itself`);
    expect([status, text]).toEqual([203, "deep"]);
    expect(await answers(project.origin, neighbour)).toEqual([
      ...["200 fine", "200 asset"],
      ...["200 fine", "200 asset"],
    ]);
  });

  it("that floods the logs has 500 lines of a request kept", async () => {
    const flooded = async () => {
      const { body } = await client.call("GET", `${project.environment.url}/Logs?PageSize=1000`);
      return body.logs.filter(({ message }: { message: string }) => /^flood|more/.test(message));
    };
    await vi.waitFor(async () => expect(await flooded()).toHaveLength(501), { timeout: 10_000 });
    const [last] = await flooded();
    expect(last.message).toBe("4500 more log lines of this invocation were dropped");
  });
});

function wholly(text: string): RegExp {
  return new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`);
}

describe("thirty requests at once to a function that hangs", () => {
  it("leave no place for the account's others, and all of them to its assets and neighbours", async () => {
    const { origin } = project;
    const hanging: Promise<Received>[] = [];
    for (let count = 0; count < 29; count++) hanging.push(isolate.request(`${origin}/never`));
    // The thirtieth place is still there.
    expect(await answers(origin, neighbour)).toEqual([
      "200 fine",
      "200 asset",
      "200 fine",
      "200 asset",
    ]);
    hanging.push(isolate.request(`${origin}/never`));
    const [refused, others] = await Promise.all([
      isolate.request(`${origin}/fine`),
      answers(origin, neighbour),
    ]);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
    expect(others).toEqual([
      expect.stringMatching(/^429 .*\nMore than 30 functions of this account at once\./s),
      "200 asset",
      "200 fine",
      "200 asset",
    ]);
    const ended = await Promise.all(hanging);
    expect(ended.map(({ status }) => status)).toEqual(Array(30).fill(504));
    expect(await answers(origin)).toEqual(["200 fine", "200 asset"]);
  });
});
