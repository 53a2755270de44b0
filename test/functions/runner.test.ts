import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type Deployed, deploy } from "./harness.ts";

let project: Deployed;

beforeAll(async () => {
  project = await deploy({
    functions: {
      "timer.js": `exports.handler = (c, e, cb) => { setTimeout(() => { throw new Error("in a timer"); }, 5); };`,
      "node-timer.js": `exports.handler = (c, e, cb) => {
        require("node:timers").setTimeout(() => { throw new Error("in node:timers"); }, 5);
      };`,
      "interval.js": `exports.handler = (c, e, cb) => {
        const id = setInterval(() => { clearInterval(id); throw new Error("in an interval"); }, 5);
      };`,
      "immediate.js": `exports.handler = () => { setImmediate(() => { throw new Error("in setImmediate"); }); };`,
      "tick.js": `exports.handler = () => { process.nextTick(() => { throw new Error("in a tick"); }); };`,
      "microtask.js": `exports.handler = () => { queueMicrotask(() => { throw new Error("in a microtask"); }); };`,
      "emitter.js": `exports.handler = () => {
        Promise.resolve().then(() => new (require("node:events"))().emit("error", new Error("unheard")));
      };`,
      "promisified.js": `exports.handler = async (c, e, cb) => {
        await require("node:util").promisify(setTimeout)(5);
        await require("node:timers/promises").setTimeout(5);
        cb(null, await new Promise((resolve) => setTimeout(resolve, 5, "passed on")));
      };`,
      "reject.js": `exports.handler = (c, e, cb) => {
        setTimeout(() => { Promise.reject(new Error("floating " + e.id)); }, 10 * e.id);
      };`,
      "late.js": `exports.handler = (c, e, cb) => {
        cb(null, "answered");
        setTimeout(() => { throw new Error("afterwards"); }, 0);
        throw new Error("at once");
      };`,
      "null.js": `exports.handler = () => { throw null; };`,
      "thenable.js": `exports.handler = (c, e, cb) => Promise.reject({ code: 20404, message: "no object" });`,
      "circular-error.js": `exports.handler = (c, e, cb) => {
        const error = new TypeError("of a request");
        error.request = { error };
        if (e.how === "throws") throw error;
        if (e.how === "rejects") return Promise.reject(error);
        cb(error);
      };`,
      "throws-odd.js": `exports.handler = (c, e, cb) => {
        const circle = [];
        circle.push(circle);
        throw { bigint: 10n, circle, symbol: Symbol("s") }[e.what];
      };`,
      "circular.js": `exports.handler = (c, e, cb) => { const a = {}; a.a = a; cb(null, a); };`,
      "caught.js": `exports.handler = (c, e, cb) => {
        const a = {};
        a.a = a;
        try { cb(null, a); } catch (error) { cb(null, "caught " + error.name); }
      };`,
      "status.js": `exports.handler = (c, e, cb) => {
        const r = new Twilio.Response();
        r.setStatusCode(e.status);
        cb(null, r);
      };`,
      "field.js": `exports.handler = (c, e, cb) => {
        const r = new Twilio.Response();
        r.appendHeader(e.name, e.value);
        if (e.body) r.setBody(e.body);
        cb(null, r);
      };`,
      "large.js": `exports.handler = (c, e, cb) => cb(null, "é".repeat(Number(e.characters)));`,
      "state.js": `let calls = 0; exports.handler = (c, e, cb) => cb(null, String(++calls));`,
      "slow.js": `exports.handler = (c, e, cb) => { setTimeout(() => cb(null, e.id + process.env.NAME), 50); };`,
      "process.js": `const process2 = require("process");
        exports.handler = (c, e, cb) => cb(null, {
          same: process2 === process && require("node:process") === process,
          env: Object.keys(process.env).sort(),
          cwd: process.cwd(),
          zone: new Date(0).getTimezoneOffset(),
        });`,
      "hosts.js": `exports.handler = async (c, e, cb) => {
        const globals = Object.getOwnPropertyNames(globalThis).filter((name) => /manifest|native|runner|variables|credentials/i.test(name));
        const tried = [];
        for (const id of ["cloudflare:workers", "cloudflare:sockets", "workerd:unsafe", "/bundle/runner.js", "../runner.js", "../native.cjs"]) {
          try { require(id); tried.push(id); } catch {}
          try { await import(id); tried.push(id); } catch {}
        }
        cb(null, { globals, tried });
      };`,
      "sdkless.js": `exports.handler = (c, e, cb) => cb(null, new Twilio.twiml.MessagingResponse());`,
    },
    variables: { NAME: "Bo", PATH: "mine" },
  });
});

describe("an error outside of the handler's own run", () => {
  it.each([
    ["/timer", "in a timer"],
    ["/node-timer", "in node:timers"],
    ["/interval", "in an interval"],
    ["/immediate", "in setImmediate"],
    ["/tick", "in a tick"],
    ["/microtask", "in a microtask"],
    ["/emitter", "unheard"],
  ])("of %s is the answer", async (path, message) => {
    const { status, body } = await project.call(path, { timeout: 1_000 });
    expect(status).toBe(500);
    expect(JSON.parse(body)).toEqual({ message, name: "Error", stack: `Error: ${message}` });
  });

  it("goes to the request it belongs to, of several at once", async () => {
    const answers = await Promise.all(
      ["3", "1", "2"].map((id) => project.call(`/reject?id=${id}`, { timeout: 1_000 })),
    );
    expect(answers.map(({ body }) => JSON.parse(body).message)).toEqual([
      "floating 3",
      "floating 1",
      "floating 2",
    ]);
  });

  it("does not touch an answer that has been given", async () => {
    const { status, body } = await project.call("/late");
    expect([status, body]).toEqual([200, "answered"]);
  });
});

describe("timers", () => {
  it("work promisified, and pass arguments on", async () => {
    expect((await project.call("/promisified")).body).toBe("passed on");
  });
});

describe("what is thrown or called back with", () => {
  it.each([
    ["/null", { message: "null", name: "NonError", stack: "NonError: null" }],
    ["/thenable", { message: "no object", name: "Error", stack: "Error: no object" }],
  ])("%s", async (path, error) => {
    const { status, body } = await project.call(path);
    expect([status, JSON.parse(body)]).toEqual([500, error]);
  });

  it.each(["throws", "rejects", "calls back"])(
    "is what the answer says where the error holds itself: %s",
    async (how) => {
      const { status, body, failure } = await project.call(`/circular-error?how=${how}`);
      expect([status, JSON.parse(body), failure]).toEqual([
        500,
        { message: "of a request", name: "TypeError", stack: "TypeError: of a request" },
        null,
      ]);
    },
  );

  it.each([
    ["bigint", "10n"],
    ["circle", "<ref *1> [ [Circular *1] ]"],
    ["symbol", "Symbol(s)"],
  ])("is said in words where it is no JSON: %s", async (what, message) => {
    const { status, body } = await project.call(`/throws-odd?what=${what}`);
    expect(status).toBe(500);
    expect(JSON.parse(body)).toMatchObject({ name: "NonError", message });
  });

  it("fails where a result is no JSON, unless the function catches that", async () => {
    const { status, body } = await project.call("/circular");
    expect([status, JSON.parse(body).name]).toEqual([500, "TypeError"]);
    expect((await project.call("/caught")).body).toBe("caught TypeError");
  });

  it.each(["abc", "99", "101", "600", "1e3", "-1"])("refuses the status %s", async (value) => {
    const { status, body } = await project.call(`/status?status=${value}`);
    expect([status, JSON.parse(body).message]).toEqual([500, `Invalid status code: ${value}`]);
  });

  it("is HTML where the type of a text is empty", async () => {
    const { headers } = await project.call("/field?name=Content-Type&value=&body=text");
    expect(headers.get("Content-Type")).toBe("text/html; charset=utf-8");
  });

  it.each([
    ["X Y", "1"],
    ["X-Y", "a\r\nSet-Cookie: b=1"],
  ])("refuses the header %j: %j", async (name, value) => {
    const query = new URLSearchParams({ name, value });
    const { status, headers } = await project.call(`/field?${query}`);
    expect([status, headers.get("Set-Cookie")]).toEqual([500, null]);
  });

  it("takes an answer of 6 MiB and none larger", async () => {
    expect((await project.call("/large?characters=3145728")).status).toBe(200);
    expect((await project.call("/large?characters=3145729")).status).toBe(500);
  });
});

describe("an isolate", () => {
  it("keeps module state between requests", async () => {
    expect((await project.call("/state")).body).toBe("1");
    expect((await project.call("/state")).body).toBe("2");
  });

  it("runs requests side by side, each in an instance of its own", async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, id) => project.call(`/slow?id=${id}`)),
    );
    expect(answers.map(({ body }) => body)).toEqual(
      Array.from({ length: 20 }, (_, id) => `${id}Bo`),
    );
  });

  it("has the variables in process.env and nothing else", async () => {
    expect(JSON.parse((await project.call("/process")).body)).toEqual({
      same: true,
      env: ["NAME", "PATH"],
      cwd: "/bundle",
      zone: 0,
    });
  });

  it("reaches nothing of its host", async () => {
    expect(JSON.parse((await project.call("/hosts")).body)).toEqual({ globals: [], tried: [] });
  });
});

describe("a function that replaces JSON.stringify", () => {
  const REPLACED = "JSON.stringify = () => 'x'.repeat(1e6);";
  it.each([
    ["answers", "cb(null, { a: 1 })", 200, '{"a":1}', []],
    [
      "fails",
      "cb('wrong')",
      500,
      '{"message":"\\"wrong\\"","name":"NonError","stack":"NonError: \\"wrong\\""}',
      ["ERROR 'wrong'"],
    ],
  ])("%s with its own values", async (_name, act, status, body, lines) => {
    const replacing = await deploy({
      functions: { "replaces.js": `exports.handler = (c, e, cb) => { ${REPLACED} ${act}; };` },
    });
    const answer = await replacing.call("/replaces");
    expect([answer.status, answer.body.slice(0, 100)]).toEqual([status, body]);
    expect(await replacing.logs(lines.length)).toEqual(lines);
  });
});

describe("time-out", () => {
  it("answers 504 and says so in the logs", async () => {
    const silent = await deploy({ functions: { "never.js": "exports.handler = () => {};" } });
    const { status, body, failure } = await silent.call("/never", { timeout: 50 });
    expect([status, body, failure]).toEqual([504, "Runtime application timed out.", null]);
    expect(await silent.logs(1)).toEqual(["ERROR Runtime application timed out."]);
  });
});

describe("node:http", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("takes lists as header values beside a body", async () => {
    const sent: unknown[] = [];
    vi.spyOn(globalThis, "fetch").mockImplementation(async (input) => {
      const request = input as Request;
      sent.push([
        request.headers.get("x-list"),
        request.headers.get("x-set"),
        await request.text(),
      ]);
      return new Response("ok");
    });
    const client = await deploy({
      functions: {
        "post.js": `const https = require("https");
          exports.handler = (c, e, cb) => {
            const request = https.request(
              "https://example.com/",
              { method: "POST", headers: { "X-List": ["1", "2"], "Content-Length": ["4"] } },
              (response) => { response.resume(); response.on("end", () => cb(null, response.statusCode)); },
            );
            request.setHeader("X-Set", ["3", "4"]);
            request.write("body");
            request.end();
          };`,
      },
    });
    await client.call("/post", { timeout: 1_000 });
    expect(sent).toEqual([["1, 2", "3, 4", "body"]]);
  });

  it("takes an IPv6 address for a host", async () => {
    const asked: string[] = [];
    vi.spyOn(globalThis, "fetch").mockImplementation(async (input) => {
      asked.push((input as Request).url);
      return new Response("ok");
    });
    const client = await deploy({
      functions: {
        "get.js": `exports.handler = (c, { host }, cb) => require("http")
          .get({ host, path: "/b" }, (answer) => cb(null, answer.statusCode)).on("error", cb);`,
      },
    });
    for (const host of ["2606:4700::1111", "[2606:4700::1111]", "example.com"]) {
      await client.call(`/get?host=${encodeURIComponent(host)}`);
    }
    expect(asked).toEqual([
      "http://[2606:4700::1111]/b",
      "http://[2606:4700::1111]/b",
      "http://example.com/b",
    ]);
    const { body } = await client.call("/get?host=::1");
    expect(JSON.parse(body).message).toContain("request to [::1] was refused");
  });
});

describe("what is no URL", () => {
  const tried = (made: string) =>
    `exports.handler = async (c, e, cb) => {
      try { cb(null, String(await ${made})); }
      catch (x) {
        const { name, message, code, input, base, cause } = x;
        cb(null, { name, message, code, input, base, cause: cause?.code, type: x instanceof TypeError });
      }
    };`;
  const none = { name: "TypeError", message: "Invalid URL", code: "ERR_INVALID_URL", type: true };

  it.each([
    ["new URL('a b')", { ...none, input: "a b" }],
    ["new URL(undefined)", { ...none, input: "undefined" }],
    ["new URL('/a', 'b')", { ...none, input: "/a", base: "b" }],
    ["new (require('url').URL)('x')", { ...none, input: "x" }],
    ["new (class extends URL {})('x')", { ...none, input: "x" }],
    [
      "fetch('a/b')",
      {
        name: "TypeError",
        message: "Failed to parse URL from a/b",
        cause: "ERR_INVALID_URL",
        type: true,
      },
    ],
  ])("is what Node says of it: %s", async (made, expected) => {
    const { call } = await deploy({ functions: { "f.js": tried(made) } });
    expect(JSON.parse((await call("/f")).body)).toEqual(expected);
  });

  it.each([
    ["new URL('/a', 'http://b')", "http://b/a"],
    [
      "new (class A extends URL { get x() { return [this instanceof A, this instanceof URL]; } })('http://b').x",
      "true,true",
    ],
    ["new URL('http://b').constructor === URL && URL === require('url').URL", "true"],
    ["URL.canParse('a')", "false"],
  ])("leaves what is one: %s", async (made, expected) => {
    const { call } = await deploy({ functions: { "f.js": tried(made) } });
    expect((await call("/f")).body).toBe(expected);
  });
});
