import { beforeAll, describe, expect, it } from "vitest";
import { expectLinearTime } from "../growth.ts";
import { type CallInit, type Deployed, deploy } from "./harness.ts";

let project: Deployed;

beforeAll(async () => {
  project = await deploy({
    functions: { "echo.js": "exports.handler = (c, e, cb) => cb(null, e);" },
  });
});

async function eventOf(init: CallInit, query = ""): Promise<Record<string, unknown>> {
  const { request: _, ...fields } = JSON.parse((await project.call(`/echo${query}`, init)).body);
  return fields;
}

async function compressed(text: string, format: "gzip" | "deflate"): Promise<Uint8Array> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream(format));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const FORM = { "content-type": "application/x-www-form-urlencoded" };
const JSON_BODY = { "content-type": "application/json" };

describe("a body", () => {
  it.each<[string, Record<string, string>, string | Uint8Array, object]>([
    ["form", FORM, "a=1&b=%C3%A9+x&a=2&c", { a: ["1", "2"], b: "é x", c: "" }],
    ["form with a malformed escape", FORM, "a=%zz&b=%", { a: "%zz", b: "%" }],
    ["form with a name of the prototype", FORM, "constructor=1", { constructor: "1" }],
    ["JSON in UTF-8", JSON_BODY, '{"a":"é"}', { a: "é" }],
    ["JSON with a byte order mark", JSON_BODY, '\uFEFF{"a":1}', { a: 1 }],
    [
      "JSON in UTF-16",
      { "content-type": 'application/json; charset="utf-16le"' },
      new Uint8Array([...'{"a":1}'].flatMap((character) => [character.charCodeAt(0), 0])),
      { a: 1 },
    ],
    ["type in capitals", { "content-type": "Application/JSON" }, '{"a":1}', { a: 1 }],
    ["nothing", JSON_BODY, "", {}],
    ["unknown type", { "content-type": "application/octet-stream" }, "a=1", {}],
    ["malformed type", { "content-type": ";;;=" }, "a=1", {}],
  ])("%s", async (_name, headers, body, fields) => {
    expect(await eventOf({ headers, body })).toEqual(fields);
  });

  it.each(["gzip", "deflate"] as const)("compressed with %s", async (format) => {
    const body = await compressed("a=1", format);
    expect(await eventOf({ headers: { ...FORM, "content-encoding": format }, body })).toEqual({
      a: "1",
    });
  });

  it("comes with a GET too", async () => {
    expect(await eventOf({ method: "GET", headers: JSON_BODY, body: '{"a":1}' })).toEqual({ a: 1 });
  });

  it("wins over the query", async () => {
    expect(await eventOf({ headers: FORM, body: "a=body" }, "?a=query&b=query")).toEqual({
      a: "body",
      b: "query",
    });
  });

  it.each<[string, Record<string, string>, string, number, string]>([
    ["JSON that breaks off", JSON_BODY, '{"a":', 400, "SyntaxError"],
    ["JSON that is a string", JSON_BODY, '"a"', 400, "SyntaxError"],
    ["bytes that are no JSON", JSON_BODY, "\u0000\u0001", 400, "SyntaxError"],
    [
      "an unknown charset",
      { "content-type": "application/json; charset=klingon" },
      "{}",
      415,
      "UnsupportedMediaTypeError",
    ],
    [
      "an unknown coding",
      { ...FORM, "content-encoding": "zip" },
      "a",
      415,
      "UnsupportedMediaTypeError",
    ],
    [
      "a coding that it is not in",
      { ...FORM, "content-encoding": "gzip" },
      "a",
      400,
      "BadRequestError",
    ],
    ["too many fields", FORM, "a&".repeat(1001), 413, "PayloadTooLargeError"],
  ])("refused: %s", async (_name, headers, body, status, name) => {
    const answer = await project.call("/echo", { headers, body });
    expect(answer.status).toBe(status);
    expect(answer.headers.get("Content-Security-Policy")).toBe("default-src 'none'");
    expect(answer.body).toContain(`<pre>${name}: `);
  });

  it("refused: a small one that unfolds to more than 6 MB", async () => {
    const body = await compressed(`a=${"x".repeat(7 * 1024 * 1024)}`, "gzip");
    const answer = await project.call("/echo", {
      headers: { ...FORM, "content-encoding": "gzip" },
      body,
    });
    expect(answer.status).toBe(413);
  });

  it("says what is wrong with a JSON text and nothing it could be made to run", async () => {
    const { body } = await project.call("/echo", { headers: JSON_BODY, body: "<script>" });
    expect(body).toContain("<pre>SyntaxError: Unexpected token &#39;&lt;&#39;");
  });
});

describe("a query", () => {
  it.each<[string, object]>([
    ["a=1&b=2&a=3", { a: ["1", "3"], b: "2" }],
    ["a[]=1&b[c]=2&b[d][e]=3", { a: ["1"], b: { c: "2", d: { e: "3" } } }],
    ["a[0]=x&a[25]=y", { a: ["x", "y"] }],
    ["a=%zz&toString=1&c+d=%C3%A9", { a: "%zz", toString: "1", "c d": "é" }],
  ])("%s", async (query, fields) => {
    expect(await eventOf({}, `?${query}`)).toEqual(fields);
  });

  it("makes a list of a field however often it comes", async () => {
    const numbers = Array.from({ length: 500 }, (_, index) => `${index}`);
    const query = numbers.map((number) => `to=${number}`).join("&");
    expect(await eventOf({}, `?${query}`)).toEqual({ to: numbers });
  });
});

describe("cookies", () => {
  it.each<[string, object]>([
    ["a=1; b=2; a=3", { a: "1", b: "2" }],
    ['a="q v"; b=%C3%A9; c=%zz; d=', { a: "q v", b: "é", c: "%zz", d: "" }],
    ['a=j:{"x":[1]}; b=j:"s"; c=j:{', { a: { x: [1] }, b: "s", c: "j:{" }],
    ['a=j:0; b=j:null; c=j:false; d=j:""', { a: "j:0", b: "j:null", c: "j:false", d: 'j:""' }],
  ])("%s", async (cookie, cookies) => {
    const { body } = await project.call("/echo", { headers: { cookie } });
    expect(JSON.parse(body).request.cookies).toEqual(cookies);
  });
});

describe("headers", () => {
  it("are those that Twilio lets through", async () => {
    const names = [
      "Via",
      "Referer",
      "X-Real-IP",
      "Expect",
      "TE",
      "I-Twilio-Idempotency-Token",
    ].concat(
      ["OT-Tracer", "X-Amz-Id", "X-Forwarded-Proto", "X-Accel-Buffering", "CF-Ray", "CDN-Loop"],
      ["X-Twilio-Signature", "Authorization", "Host", "User-Agent"],
    );
    const headers = Object.fromEntries(names.map((name) => [name, "1"]));
    const { body } = await project.call("/echo", { headers });
    expect(Object.keys(JSON.parse(body).request.headers)).toEqual([
      "te",
      "x-twilio-signature",
      "authorization",
      "host",
      "user-agent",
    ]);
  });

  it("may have names of the prototype", async () => {
    const names = ["__proto__", "constructor", "toString", "hasOwnProperty"];
    const headers = Object.fromEntries(names.map((name) => [name, "1"]));
    Object.defineProperty(headers, "__proto__", { value: "1", enumerable: true });
    const { body } = await project.call("/echo", { headers });
    expect(body).toContain(
      '"headers":{"__proto__":"1","constructor":"1","tostring":"1","hasownproperty":"1"}',
    );
  });

  it("are read in a time that grows with their length alone", async () => {
    for (const contentType of [
      (length: number) => `application/json; charset=${" ".repeat(length)}a b`,
      (length: number) => `a;${" ;".repeat(length / 2)}`,
    ]) {
      await expectLinearTime(60_000, async (length) => {
        const { status } = await project.call("/echo", {
          headers: { "content-type": contentType(length) },
          body: "{}",
        });
        expect(status).toBe(200);
      });
    }
  });
});

describe("context", () => {
  it("names the request and its deployment", async () => {
    const { call, deployment } = await deploy({
      functions: {
        "context.js": `exports.handler = ({ PATH, DOMAIN_NAME, SERVICE_SID, ENVIRONMENT_SID }, e, cb) =>
          cb(null, { PATH, DOMAIN_NAME, SERVICE_SID, ENVIRONMENT_SID });`,
      },
    });
    expect(JSON.parse((await call("/context")).body)).toEqual({
      PATH: "/context",
      DOMAIN_NAME: "localhost:3000",
      SERVICE_SID: deployment.serviceSid,
      ENVIRONMENT_SID: deployment.environmentSid,
    });
  });
});
