import { env, exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { packageKey } from "../../src/contract/package-format.ts";
import type { FunctionDeployment } from "../../src/functions/run/deployment.ts";
import { functionHost } from "../../src/functions/run/host.ts";
import {
  type FunctionRequest,
  type Invocation,
  invokeFunction,
  workerId,
} from "../../src/functions/run/invoke.ts";
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
    const pattern = /^fn:ZE0{31}1:ZD0{31}1:(?:light|sdk):[0-9a-f]{64}:[0-9a-f]{16}$/;
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
      ["cache-control", "no-store"],
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

  it.each([
    ["a line end in a header", { status: 200, headers: [["X-A", "a\r\nX-B: b"]], body: "" }],
    ["a status of none", { status: 999, headers: [], body: "" }],
    ["no headers", { status: 200, body: "" }],
    ["nothing", null],
  ])("is 500 when code has made the runner answer with %s", async (_name, forged) => {
    const { call } = await deploy({
      functions: {
        "forge.js": `
          const { withResolvers } = Promise;
          Promise.withResolvers = function () {
            const made = withResolvers.call(Promise);
            return { ...made, resolve: () => made.resolve(${JSON.stringify(forged)}) };
          };
          exports.handler = (c, e, cb) => cb(null, "genuine");`,
      },
    });
    expect((await call("/forge")).body).toBe("genuine");
    const { status, body, failure } = await call("/forge");
    expect([status, body]).toEqual([500, "Runtime application exited."]);
    expect(failure).toMatchObject({ level: "ERROR", message: expect.any(String) });
  });

  it("is 504 when the runner does not keep its time", async () => {
    // A loop would do it, but here no loop can be ended: a Worker that never answers stands for it.
    const silent = { getEntrypoint: () => ({ invoke: () => new Promise(() => {}) }) };
    const host = { ...functionHost(env, exports), loader: { get: () => silent } };
    const invocation = await invokeFunction(
      host as unknown as Parameters<typeof invokeFunction>[0],
      DEPLOYMENT,
      FUNCTION,
      REQUEST,
      1,
    );
    const { response, failure } = invocation as Extract<Invocation, { started: true }>;
    expect([response.status, await response.text()]).toEqual([
      504,
      "Runtime application timed out.",
    ]);
    expect(failure?.message).toBe("Runtime application timed out.");
  });
});

describe("a package that cannot be read", () => {
  const host = functionHost(env, exports);
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
    const silent = { ...functionHost(env, exports), read: () => Promise.reject(new Error("R2")) };
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
