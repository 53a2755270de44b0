import { env, exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { newSid } from "../../src/api/sids.ts";
import { packageKey } from "../../src/contract/package-format.ts";
import type { FunctionDeployment } from "../../src/functions/run/deployment.ts";
import { functionHost } from "../../src/functions/run/host.ts";
import {
  type FunctionHost,
  type FunctionRequest,
  type Invocation,
  invokeFunction,
} from "../../src/functions/run/invoke.ts";
import { workerId } from "../../src/functions/run/worker-id.ts";
import { deploy } from "./harness.ts";

const DEPLOYMENT: FunctionDeployment = {
  accountSid: "AC00000000000000000000000000000001",
  serviceSid: "ZS00000000000000000000000000000001",
  environmentSid: "ZE00000000000000000000000000000001",
  deploymentSid: "ZD00000000000000000000000000000001",
  buildSid: "ZB00000000000000000000000000000001",
  variables: { A: "1", B: "2" },
  credentials: null,
};

const CONTEXT = { waitUntil: () => {} };

const REQUEST: FunctionRequest = {
  request: "RQ00000000000000000000000000000001",
  method: "GET",
  path: "/a",
  query: "",
  headers: [],
  body: null,
  domainName: "shop-1234.localhost:8787",
};

const FUNCTION = {
  path: "/a",
  functionSid: "ZH00000000000000000000000000000001",
  flavour: "light",
} as const;

/** A runner's answer, with `forged` parts of its head. */
function head(forged: object): string {
  const genuine = { status: 200, headers: [], state: "idle", took: 0, length: 0 };
  return JSON.stringify({ ...genuine, ...forged });
}

/** Calls what a Worker Loader gives where `answer` stands for a runner and what functions made of it. */
function inPlaceOfRunner(answer: (request: Request) => Response | Promise<Response>) {
  const asked: { id: string; url: string }[] = [];
  const loader = {
    get: (id: string) => ({
      getEntrypoint: () => ({
        async fetch(url: string, init?: RequestInit) {
          asked.push({ id, url });
          return answer(new Request(url, init));
        },
      }),
    }),
  };
  const host = { ...functionHost(env, exports, CONTEXT), loader } as unknown as FunctionHost;
  const deployment = { ...DEPLOYMENT, deploymentSid: newSid("ZD") };
  return {
    asked,
    async invoke(timeout = 1_000) {
      const invocation = await invokeFunction(host, deployment, FUNCTION, REQUEST, timeout);
      return invocation as Extract<Invocation, { started: true }>;
    },
  };
}

describe("the id of a dynamic Worker", () => {
  it("is the same for the same parts, in any order", async () => {
    const id = await workerId(DEPLOYMENT, "light");
    expect(await workerId({ ...DEPLOYMENT, variables: { B: "2", A: "1" } }, "light")).toBe(id);
  });

  it.each<[string, Partial<FunctionDeployment>]>([
    ["a variable's value", { variables: { A: "1", B: "3" } }],
    ["a variable's name", { variables: { A: "1", C: "2" } }],
    ["where a name ends", { variables: { A: '1","B', "": "2" } }],
    ["credentials", { credentials: { accountSid: "AC1", authToken: "t" } }],
    ["the environment", { environmentSid: "ZE00000000000000000000000000000002" }],
    ["the deployment", { deploymentSid: "ZD00000000000000000000000000000002" }],
  ])("is another with %s", async (_name, change) => {
    const id = await workerId(DEPLOYMENT, "light");
    expect(await workerId({ ...DEPLOYMENT, ...change }, "light")).not.toBe(id);
  });

  it("is another with the flavour, and says nothing of the variables", async () => {
    const ids = [await workerId(DEPLOYMENT, "light"), await workerId(DEPLOYMENT, "sdk")];
    expect(ids[0]).not.toBe(ids[1]);
    const pattern = /^fn:ZE0{31}1:ZD0{31}1:(?:light|sdk):[0-9a-f]{64}:[0-9a-f]{16}-[0-9a-f]{16}$/;
    for (const id of ids) expect(id).toMatch(pattern);
  });
});

describe("an answer", () => {
  it("keeps what is the function's, and loses what is the connection's", async () => {
    const { call } = await deploy({
      functions: {
        "fields.js": `exports.handler = (c, e, cb) => {
          const r = new Twilio.Response();
          for (const name of ["Connection", "Keep-Alive", "Transfer-Encoding", "Trailer", "Upgrade", "TE", "Proxy-Authenticate", "Content-Length"]) r.appendHeader(name, "1");
          r.appendHeader("X-Kept", "1");
          r.setCookie("a", "1").setCookie("b", "2");
          r.setBody("text");
          cb(null, r);
        };`,
        "cached.js": `exports.handler = (c, e, cb) => cb(null, new Twilio.Response({ headers: { "cache-control": "max-age=5" } }));`,
        "bodiless.js": `exports.handler = (c, e, cb) => cb(null, new Twilio.Response({ statusCode: Number(e.status), body: "text" }));`,
        "text.js": `exports.handler = (c, e, cb) => cb(null, "text");`,
      },
    });
    const { headers } = await call("/fields");
    expect(headers.get("Date")).toMatch(/ GMT$/);
    headers.delete("Date");
    expect([...headers]).toEqual([
      ["cache-control", "no-store, no-transform"],
      ["content-type", "text/html; charset=utf-8"],
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
      ["x-kept", "1"],
    ]);
    expect((await call("/cached")).headers.get("Cache-Control")).toBe("max-age=5");
    for (const status of [204, 205, 304]) {
      const answer = await call(`/bodiless?status=${status}`);
      expect([answer.status, answer.body]).toEqual([status, ""]);
    }
    expect((await call("/text", { method: "HEAD" })).body).toBe("");
  });
});

describe("a Worker that ends without an answer", () => {
  it("is 500 when the function exits, and the next request finds it running", async () => {
    const { call, deployment } = await deploy({
      functions: {
        "exit.js": "exports.handler = () => process.exit(3);",
        "fine.js": "exports.handler = (c, e, cb) => cb(null, 'fine');",
      },
    });
    const { status, body, failure } = await call("/exit", { request: REQUEST.request });
    expect([status, body]).toEqual([500, "Runtime application exited."]);
    expect(failure).toMatchObject({
      environmentSid: deployment.environmentSid,
      requestSid: REQUEST.request,
      level: "ERROR",
      message: "process.exit(3) was called before there was an answer",
    });
    expect((await call("/fine")).body).toBe("fine");
  });

  it.each<[string, head: string | null, body?: BodyInit]>([
    ["a line end in a header", head({ headers: [["X-A", "a\r\nX-B: b"]] })],
    ["a status of none", head({ status: 999 })],
    ["a status that is no integer", head({ status: 200.5 })],
    ["a status that is text", head({ status: "200" })],
    ["no headers", head({ headers: undefined })],
    ["a header without a value", head({ headers: [["X-A"]] })],
    ["a header that is no text", head({ headers: [["X-A", 1]] })],
    ["more headers than an answer has", head({ headers: Array(201).fill(["X-A", "a"]) })],
    ["no state", head({ state: "well" })],
    ["no time", head({ took: undefined })],
    ["a time below 0", head({ took: -1 })],
    ["null", "null"],
    ["a head that is no JSON", "{"],
    ["a head without end", "[".repeat(70_000)],
    ["nothing", ""],
    ["without a head", null],
    ["a body of no length", head({ length: undefined }), "text"],
    ["a length below 0", head({ length: -1 }), "text"],
    ["a length that is text", head({ length: "4" }), "text"],
    ["a body of more than 6 MiB", head({ length: 6 * 1024 * 1024 + 1 }), "text"],
    ["a body that ends too early", head({ length: 5 }), "text"],
    ["a body that goes on", head({ length: 3 }), "text"],
    ["a body that is none", head({ length: 5 })],
    ["a text that is none", head({ length: undefined, text: ["a"] })],
  ])("is 500 when the runner's answer is %s", async (_name, forged, body) => {
    const headers = forged === null ? {} : { "ringback-answer": forged };
    const { invoke } = inPlaceOfRunner(() => new Response(body, { headers }));
    const { response, failure } = await invoke();
    expect([response.status, await response.text()]).toEqual([500, "Runtime application exited."]);
    expect(failure).toMatchObject({ level: "ERROR", message: expect.any(String) });
  });

  it.each<[string, string]>([
    ["no character", ""],
    ["as many as a head has", "a".repeat(8_000)],
    ["more than a head has", "a".repeat(9_000)],
    ["more than a head has when they are escaped", "\u00e9".repeat(2_000)],
    ["what no header field can carry", '\r\n\0\u2028\ud83d\ude00\u007f"\\'],
    ["half a character, which UTF-8 has none for", "a\ud83db"],
  ])("is the function's text where it has %s", async (_name, text) => {
    const { call } = await deploy({
      functions: {
        "text.js": `exports.handler = (c, e, cb) => cb(null, ${JSON.stringify(text)});`,
      },
    });
    const { status, body } = await call("/text");
    expect([status, body]).toEqual([200, text.toWellFormed()]);
  });

  it("is 500 when the runner's answer does not end, and no more of it is read than its head says", async () => {
    let pulled = 0;
    const endless = new ReadableStream({
      type: "bytes",
      pull(controller) {
        pulled += 1;
        controller.enqueue(new TextEncoder().encode("0123456789"));
      },
    });
    const headers = { "ringback-answer": head({ length: 15 }) };
    const { invoke } = inPlaceOfRunner(() => new Response(endless, { headers }));
    const { response } = await invoke();
    expect(response.status).toBe(500);
    expect(pulled).toBeLessThan(5);
  });

  it.each([
    [
      "Promise.withResolvers",
      "Promise.withResolvers = () => ({ resolve() {}, promise: new Promise(() => {}) })",
    ],
    ["Promise", "globalThis.Promise = class { then() {} }"],
    ["Promise.prototype.constructor", "Promise.prototype.constructor = null"],
    ["JSON", "globalThis.JSON = { stringify: () => '\\n'.repeat(9), parse: () => null }"],
    ["JSON.stringify", "JSON.stringify = () => 'x'.repeat(7e6)"],
    ["Response", "globalThis.Response = function () { return new Array(5e8) }"],
    ["Uint8Array", "globalThis.Uint8Array = Array"],
    ["TextEncoder", "TextEncoder.prototype.encode = () => new Uint8Array(3e7)"],
    [
      "all objects' then",
      "Object.prototype.then = function (resolve) { delete Object.prototype.then; resolve(new Array(5e8)) }",
    ],
    ["all lists' toJSON", "Array.prototype.toJSON = () => ({ status: 'x' })"],
    ["all objects' toJSON", "Object.prototype.toJSON = () => ({ refused: 'busy', state: 'idle' })"],
    ["Date.now", "Date.now = () => Number.NaN"],
    ["setTimeout", "globalThis.setTimeout = () => { throw new Error('no') }"],
  ])("is whole or 500 when a function has replaced %s", async (_name, code) => {
    const { call } = await deploy({
      functions: {
        "replace.js": `exports.handler = (c, e, cb) => { ${code}; cb(null, "genuine"); };`,
        "fine.js": "exports.handler = (c, e, cb) => cb(null, 'fine');",
      },
    });
    for (const path of ["/replace", "/fine"]) {
      const { status, body } = await call(path, { timeout: 200 });
      expect([200, 500, 504]).toContain(status);
      expect(body.length).toBeLessThan(6 * 1024 * 1024 + 1);
    }
  });

  it("is 504 when the runner does not keep its time", async () => {
    // A loop would do it, but here no loop can be ended: a Worker that never answers stands for it.
    const { invoke } = inPlaceOfRunner(() => new Promise<Response>(() => {}));
    const { response, failure } = await invoke(1);
    expect([response.status, await response.text()]).toEqual([
      504,
      "Runtime application timed out.",
    ]);
    expect(failure?.message).toBe("Runtime application timed out.");
  });
});

describe("a package that cannot be read", () => {
  const host = functionHost(env, exports, CONTEXT);
  const invoke = (deployment: FunctionDeployment) =>
    invokeFunction(host, deployment, FUNCTION, REQUEST, 10_000);

  it("that is missing, or is none, is told from a store that does not answer", async () => {
    const missing = { ...DEPLOYMENT, buildSid: "ZB00000000000000000000000000000002" };
    const key = packageKey(missing.serviceSid, missing.buildSid);
    expect(await invoke(missing)).toEqual({
      started: false,
      reason: "bytes-missing",
      detail: `${key} is missing`,
    });
    const broken = { ...missing, deploymentSid: "ZD00000000000000000000000000000003" };
    await env.BYTES.put(key, "no package");
    expect(await invoke(broken)).toEqual({
      started: false,
      reason: "bytes-missing",
      detail: `${key}: no header`,
    });
    const silent = {
      ...functionHost(env, exports, CONTEXT),
      read: () => Promise.reject(new Error("R2")),
    };
    const other = { ...missing, deploymentSid: "ZD00000000000000000000000000000004" };
    expect(await invokeFunction(silent, other, FUNCTION, REQUEST, 10_000)).toEqual({
      started: false,
      reason: "bytes-unavailable",
      detail: "Error: R2",
    });
  });

  it("is told to all that wait for it, and read again by the next", async () => {
    const { call, deployment } = await deploy({
      functions: { "a.js": "exports.handler = (c, e, cb) => cb(null, 'back');" },
    });
    const key = packageKey(deployment.serviceSid, deployment.buildSid);
    const kept = await (await env.BYTES.get(key))?.arrayBuffer();
    await env.BYTES.delete(key);
    const calls = await Promise.allSettled([call("/a"), call("/a"), call("/a")]);
    expect(calls.map((one) => String((one as PromiseRejectedResult).reason))).toEqual(
      Array(3).fill(`Error: bytes-missing: ${key} is missing`),
    );
    await env.BYTES.put(key, kept as ArrayBuffer);
    expect((await call("/a")).body).toBe("back");
  });
});
