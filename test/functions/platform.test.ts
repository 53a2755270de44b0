/** What Twilio's platform does in small things, where its emulator or the runtime does otherwise. */
import { env, exports } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { deploy } from "./harness.ts";

describe("a body of bytes", () => {
  it.each([
    ["a Buffer", "Buffer.from([0, 255, 137, 80])"],
    ["a typed array", "new Uint8Array([0, 255, 137, 80])"],
    ["a part of one", "new Uint8Array([9, 0, 255, 137, 80, 9]).subarray(1, 5)"],
    ["an ArrayBuffer", "new Uint8Array([0, 255, 137, 80]).buffer"],
    ["a private asset", "require('fs').readFileSync(Runtime.getAssets()['/a.mp3'].path)"],
  ])("is sent as it is: %s", async (_name, body) => {
    const { bytes } = await deploy({
      functions: {
        "play.js": `exports.handler = (context, event, callback) => {
          const response = new Twilio.Response();
          response.appendHeader("Content-Type", "audio/mpeg");
          response.setBody(${body});
          callback(null, response);
        };`,
      },
      assets: { "a.private.mp3": new Uint8Array([0, 255, 137, 80]) },
    });
    const { type, body: sent } = await bytes("/play");
    expect([type, [...sent]]).toEqual(["audio/mpeg", [0, 255, 137, 80]]);
  });
});

describe("bytes that are a result, or stand in one, are JSON", () => {
  it.each([
    ["a Buffer", "Buffer.from([1, 2])", '{"type":"Buffer","data":[1,2]}'],
    ["a typed array", "new Uint8Array([1, 2])", '{"0":1,"1":2}'],
    ["an ArrayBuffer", "new ArrayBuffer(2)", "{}"],
    ["an object with one", "{ a: Buffer.from([1]) }", '{"a":{"type":"Buffer","data":[1]}}'],
    [
      "a Response with an object with one",
      "new Twilio.Response({ body: { a: Buffer.from([1]) } })",
      '{"a":{"type":"Buffer","data":[1]}}',
    ],
  ])("%s", async (_name, result, body) => {
    const { call } = await deploy({
      functions: { "f.js": `exports.handler = (c, e, cb) => cb(null, ${result});` },
    });
    const answer = await call("/f");
    const type = "application/json; charset=utf-8";
    expect([answer.headers.get("content-type"), answer.body]).toEqual([type, body]);
  });
});

describe("an answer", () => {
  it("has a header twice that was appended twice", async () => {
    const { call } = await deploy({
      functions: {
        "multi.js": `exports.handler = (c, e, cb) => {
          const r = new Twilio.Response();
          r.appendHeader("X-Multi", ["1", "2"]);
          r.appendHeader("X-Other", "3").appendHeader("X-Other", "4");
          cb(null, r);
        };`,
      },
    });
    const { headers } = await call("/multi");
    expect([headers.get("x-multi"), headers.get("x-other")]).toEqual(["1, 2", "3, 4"]);
  });

  it("loses what reaches the cookies of other tenants, and keeps its own", async () => {
    const { call } = await deploy({
      functions: {
        "cookies.js": `exports.handler = (c, e, cb) => {
          const r = new Twilio.Response();
          r.appendHeader("Clear-Site-Data", '"*"');
          for (const domain of ["localhost", ".LOCALHOST", "localhost."]) r.setCookie("bad", "1", ["Domain=" + domain]);
          r.setCookie("own", "1", ["Path=/"]).setCookie("host", "1", [" domain = shop.localhost "]);
          cb(null, r);
        };`,
      },
    });
    const { headers } = await call("/cookies");
    expect([headers.has("clear-site-data"), headers.getSetCookie()]).toEqual([
      false,
      ["own=1;Path=/", "host=1; domain = shop.localhost "].map((cookie) => cookie.trim()),
    ]);
  });

  it.each([
    ["{ a: 1 }", '{"a":1}'],
    ["[1]", "[1]"],
    ["'text'", '"text"'],
    ["7", "7"],
    ["undefined", "undefined"],
    ["Symbol('s')", "Symbol(s)"],
    ["Object.freeze({ a: 1 })", '{"a":1}'],
    ["new (class Refusal { code = 7 })()", '{"code":7}'],
    ["(() => { const a = {}; a.a = a; return a; })()", "<ref *1> { a: [Circular *1] }"],
    ["new Proxy({}, { get() { throw 1; } })", "Proxy({})"],
  ])("shows %s as it is, when an async handler throws it", async (thrown, message) => {
    const { call } = await deploy({
      functions: { "throws.js": `exports.handler = async () => { throw ${thrown}; };` },
    });
    const { status, body } = await call("/throws");
    expect([status, JSON.parse(body)]).toMatchObject([500, { message, name: "NonError" }]);
  });
});

describe("a private ES module", () => {
  it("is imported by the path that its asset has, once, as a namespace", async () => {
    const { call } = await deploy({
      functions: {
        "esm.js": `exports.handler = async (context, event, callback) => {
          const { path } = Runtime.getAssets()["/lib.mjs"];
          const space = await import(path);
          const same = space === (await import(path));
          callback(null, [Object.keys(space), space.answer, space.default("/a/bob"), same]);
        };`,
      },
      assets: {
        "lib.private.mjs": `import { basename } from "node:path";
          export const answer = 42;
          export default (path) => "hi " + basename(path);`,
      },
    });
    expect(JSON.parse((await call("/esm")).body)).toEqual([
      ["answer", "default"],
      42,
      "hi bob",
      true,
    ]);
  });
});

describe("process.env.TZ", () => {
  const AT = "new Date('2026-01-15T12:00:00Z')";
  const TOLD = `[
    ${AT}.getHours(), ${AT}.getTimezoneOffset(), ${AT}.toString(), ${AT}.toLocaleTimeString("en-US"),
    new Date(2026, 6, 1, 9, 30).toISOString(), new Date("2026-07-01T09:30").toISOString(),
    new Date("2026-07-01").toISOString(), new Date(Date.parse("July 1, 2026 09:30")).toISOString(),
    (() => { const d = ${AT}; d.setHours(0, 0, 0, 0); return d.toISOString(); })(),
    new Date(2026, 2, 8, 2, 30).toISOString(), new Date(2026, 10, 1, 1, 30).toISOString(),
    new Intl.DateTimeFormat("en-US", { hour: "numeric", hour12: false, timeZoneName: "short" }).format(${AT}),
    Intl.DateTimeFormat().resolvedOptions().timeZone,
    new Intl.DateTimeFormat("en-US", { hour: "numeric", hour12: false, timeZone: "Asia/Tokyo" }).format(${AT}),
    new Intl.DateTimeFormat() instanceof Intl.DateTimeFormat,
    ${AT} instanceof Date, typeof Date.now(), new Date(NaN).getHours(), ${AT}.constructor === Date,
  ]`;
  // What Node 22 says with TZ=America/Los_Angeles.
  const LOS_ANGELES = [
    ...[4, 480, "Thu Jan 15 2026 04:00:00 GMT-0800 (Pacific Standard Time)", "4:00:00 AM"],
    ...["2026-07-01T16:30:00.000Z", "2026-07-01T16:30:00.000Z", "2026-07-01T00:00:00.000Z"],
    ...["2026-07-01T16:30:00.000Z", "2026-01-15T08:00:00.000Z"],
    ...["2026-03-08T10:30:00.000Z", "2026-11-01T08:30:00.000Z"],
    ...["04 PST", "America/Los_Angeles", "21", true, true, "number", null, true],
  ];

  it.each([
    ["set by code", "process.env.TZ = 'America/Los_Angeles';", undefined],
    ["a variable", "", { TZ: "America/Los_Angeles" }],
  ])("moves Date: %s", async (_name, code, variables) => {
    const { call } = await deploy({
      functions: { "tz.js": `exports.handler = (c, e, cb) => { ${code} cb(null, ${TOLD}); };` },
      ...(variables && { variables }),
    });
    expect(JSON.parse((await call("/tz")).body)).toEqual(LOS_ANGELES);
  });
});

describe("a hash that the runtime lacks", () => {
  it("is named", async () => {
    const { call } = await deploy({
      functions: {
        "hash.js": `exports.handler = (c, e, cb) => cb(null, require("crypto").createHash(e.name).update("x").digest("hex"));`,
      },
    });
    expect((await call("/hash?name=sha3-256")).body).toContain('createHash(\\"sha3-256\\")');
    expect((await call("/hash?name=md5")).body).toBe("9dd4e461268c8034f5c8564e155c67a6");
  });

  it("is known by the other names that Node has for it", async () => {
    const { call } = await deploy({
      functions: {
        "hash.js": `const crypto = require("crypto");
          exports.handler = (c, e, cb) => cb(null, [
            crypto.createHash("SHA-256").update("x").digest("hex").slice(0, 8),
            crypto.createHmac("sha2-256", "k").update("x").digest("hex").slice(0, 8),
            crypto.createHash("sha-1").update("x").digest("hex").slice(0, 8),
            crypto.createHash("sha-512/256").update("x").digest("hex").slice(0, 8),
          ]);`,
      },
    });
    // What Node 22 says.
    expect(JSON.parse((await call("/hash")).body)).toEqual([
      "2d711642",
      "c38edc88",
      "11f6ad8e",
      "6a1db6c1",
    ]);
  });
});

describe("Twilio's Serverless API, asked by a function", () => {
  it("is this installation's own, and nothing else of it is", async () => {
    const asked: string[] = [];
    vi.spyOn(exports.default, "fetch").mockImplementation(async (input) => {
      const request = input as Request;
      asked.push(`${request.url} ${request.headers.get("authorization")}`);
      const url = `http://${env.BASE_DOMAIN}/serverless.twilio.com/v1/Services?Page=1`;
      return Response.json({ meta: { next_page_url: url } });
    });
    try {
      const { call } = await deploy({
        functions: {
          "api.js": `exports.handler = async (c, e, cb) => {
            const ask = async (url) => { try { return await (await fetch(url, { headers: { authorization: "Basic QTpC" } })).text(); } catch (error) { return error.message; } };
            cb(null, [await ask("https://serverless.twilio.com/v1/Services"), await ask("https://serverless.twilio.com/console"), await ask("https://serverless.twilio.com/v1/Accounts"), await ask("http://" + c.DOMAIN_NAME.replace(/.*/, "localhost:8787") + "/v1/Services")]);
          };`,
        },
      });
      const [services, ...others] = JSON.parse((await call("/api")).body);
      expect(JSON.parse(services).meta.next_page_url).toBe(
        "https://serverless.twilio.com/v1/Services?Page=1",
      );
      expect(others.map((text: string) => text.includes("was refused"))).toEqual([
        true,
        true,
        true,
      ]);
      expect(asked).toEqual([
        `http://${env.BASE_DOMAIN}/serverless.twilio.com/v1/Services Basic QTpC`,
      ]);
    } finally {
      vi.restoreAllMocks();
    }
  });
});

describe("assert", () => {
  const FALSY = "The expression evaluated to a falsy value:\n\n  ";

  it.each([
    ["assert(event.token)", "assert(event.token)\n"],
    ["assert.ok(event.a)", "assert.ok(event.a)\n"],
    [
      "if (1) assert(/\\)/.test(')' + \"(\" + 'x)') && [].a); f(1)",
      "assert(/\\)/.test(')' + \"(\" + 'x)') && [].a)\n",
    ],
    ["assert(\n  false,\n)", "assert(\n"],
    ["assert.strict(0)", "assert.strict(0)\n"],
    ["const strict = require('assert/strict'); strict(null)", "strict(null)\n"],
  ])("names what is false as it stands there: %s", async (statement, expression) => {
    for (const lead of ["", "\n\n  "]) {
      const { call } = await deploy({
        functions: {
          "f.js": `const assert = require("assert"); exports.handler = (context, event, callback) => {${lead} ${statement}; };`,
        },
      });
      const { name, message } = JSON.parse((await call("/f")).body);
      expect([name, message]).toEqual(["AssertionError", FALSY + expression]);
    }
  });

  it.each([
    ["assert(0, 'given')", "given"],
    ["assert(1); assert.ok('a'); assert.strict(true); throw new Error('none')", "none"],
  ])("leaves other words: %s", async (statement, message) => {
    const { call } = await deploy({
      functions: {
        "f.js": `const assert = require("assert"); exports.handler = () => { ${statement}; };`,
      },
    });
    expect(JSON.parse((await call("/f")).body).message).toBe(message);
  });
});
