/**
 * The Worker as it is after hours: what V8's top compiler makes of its code leaves out which request a
 * promise belongs to, so that one request which awaits another's hangs (docs/architecture.md). The flags
 * below only make it compile sooner.
 */
import http from "node:http";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { ACCOUNT, type AssetHosts, AUTH_TOKEN, startAssetHosts } from "./asset-hosts.ts";

const V8_FLAGS = [
  "--no-maglev",
  "--invocation-count-for-turbofan=300",
  "--minimum-invocations-after-ic-update=50",
];

const HOST = "hot-1234.localhost";
const MB = 1024 * 1024;
const FORM = "application/x-www-form-urlencoded";

/** Calls that an account may have at once; what the API lets a client have, and what bodies may hold. */
const PLACES = 30;
const TURNS = 8;
const WHOLE_BODIES = 3;

let server: AssetHosts;
beforeAll(async () => {
  vi.stubEnv("MINIFLARE_WORKERD_V8_FLAGS", V8_FLAGS.join(" "));
  server = await startAssetHosts();
  vi.unstubAllEnvs();
  await server.deploy(
    HOST,
    { "/large.bin": { body: new Uint8Array(2 * MB) } },
    {
      "/short": { source: "exports.handler = (c, e, cb) => cb(null, 'short');" },
      "/slow": { source: "exports.handler = (c, e, cb) => setTimeout(cb, 300, null, 'slow');" },
      "/length": { source: "exports.handler = (c, e, cb) => cb(null, String(e.a.length));" },
      "/large": { source: "exports.handler = (c, e, cb) => cb(null, 'x'.repeat(3_000_000));" },
    },
  );
});
afterAll(() => server?.close());

const authorization = `Basic ${btoa(`${ACCOUNT}:${AUTH_TOKEN}`)}`;

type Asked = { host?: string; path: string; fields?: Record<string, string>; body?: Buffer };

const call = (path: string, body?: Buffer): Asked => ({
  ...{ host: HOST, path, ...(body && { body }) },
  fields: { "Content-Type": FORM },
});

const api = (path: string, body?: string): Asked => ({
  ...{ host: "localhost", path: `/v1${path}`, ...(body && { body: Buffer.from(body) }) },
  fields: { "Content-Type": FORM, Authorization: authorization },
});

/** Resolves to "<status> <text>", or to what went wrong. */
function ask({ host, path, fields, body }: Asked, agent?: http.Agent): Promise<string> {
  return new Promise((resolve) => {
    const request = http.request({
      ...{ port: server.port, host: "127.0.0.1", path, timeout: 30_000 },
      ...{ method: body ? "POST" : "GET", headers: { ...fields, Host: host }, agent },
    });
    request.on("response", (answer) => {
      const pieces: Buffer[] = [];
      answer.on("data", (piece) => pieces.push(piece));
      answer.on("error", (error) => resolve(String(error)));
      answer.on("end", () => {
        const text = Buffer.concat(pieces).toString();
        resolve(`${answer.statusCode} ${text.length > 100 ? text.length : text}`);
      });
    });
    request.on("error", (error) => resolve(String(error)));
    request.on("timeout", () => request.destroy(new Error("no answer")));
    request.end(body);
  });
}

/** Sends the first `share` of a request, and goes away so many milliseconds later. */
async function askAndLeave({ host, path, fields, body }: Asked, share: number, after: number) {
  const lines = Object.entries({ ...fields, Host: host }).map(([name, text]) => `${name}: ${text}`);
  if (body) lines.push(`Content-Length: ${body.length}`);
  const head = `${body ? "POST" : "GET"} ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`;
  const socket = connect(server.port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(head);
  if (body) socket.write(body.subarray(0, Math.ceil(body.length * share)));
  // What it is answered is read, some of it.
  socket.resume();
  await sleep(after);
  socket.destroy();
}

const together = (count: number, asked: Asked) =>
  Promise.all(Array.from({ length: count }, () => ask(asked)));

/** How often each was answered. */
function counted(answers: string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const answer of answers) counts[answer] = (counts[answer] ?? 0) + 1;
  return counts;
}

/** Everything answers, and nothing that was taken for those who have gone is missing. */
async function expectWhole(): Promise<void> {
  expect(counted(await together(PLACES, call("/slow")))).toEqual({ "200 slow": PLACES });
  const whole = Buffer.from(`a=${"b".repeat(6 * MB - 2)}`);
  expect(counted(await together(WHOLE_BODIES, call("/length", whole)))).toEqual({
    [`200 ${6 * MB - 2}`]: WHOLE_BODIES,
  });
  const listed = await together(TURNS, api("/Services?PageSize=1"));
  expect(new Set(listed.map((answer) => answer.slice(0, 3)))).toEqual(new Set(["200"]));
  expect(await ask({ host: HOST, path: "/large.bin" })).toBe(`200 ${2 * MB}`);
}

describe("hot code", () => {
  it("answers every call of many clients at once", async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 12 });
    const answers: string[] = [];
    const client = async () => {
      for (let calls = 0; calls < 250; calls++) answers.push(await ask(call("/short"), agent));
    };
    await Promise.all(Array.from({ length: 12 }, client));
    agent.destroy();
    expect(counted(answers)).toEqual({ "200 short": 3_000 });
    await expectWhole();
  });

  it("keeps nothing for clients who go away, at whatever moment", async () => {
    const services = Array.from({ length: 3 }, (_, at) => `UniqueName=hot-${at}&FriendlyName=hot`);
    const form = Buffer.from(`a=${"b".repeat(300_000)}`);
    const asked = [
      ...[call("/short"), call("/slow"), call("/large"), call("/length", form)],
      ...[call("/length", Buffer.alloc(6 * MB, "a")), { host: HOST, path: "/large.bin" }],
      ...[api("/Services"), ...services.map((service) => api("/Services", service))],
    ];
    const leaving = fc.record({
      asked: fc.constantFrom(...asked),
      share: fc.constantFrom(0, 0.5, 0.99, 1, 1),
      after: fc.integer({ min: 0, max: 60 }),
    });
    const all = fc.sample(leaving, 600);
    while (all.length > 0) {
      await Promise.all(
        all.splice(0, 20).map(({ asked, share, after }) => askAndLeave(asked, share, after)),
      );
    }
    await vi.waitFor(expectWhole, { timeout: 60_000, interval: 1_000 });
  });
});
