/**
 * Requests that no honest client sends to a function, each with its only answer: nothing protected
 * runs unsigned, nothing private has a URL, no error says what a source or a variable holds.
 */
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type Answer, receive } from "../conformance/client.ts";
import { type Parameters, sha256, sign } from "../conformance/sign.ts";
import { newIsolate } from "../isolate.ts";
import { clientOf, deployed, type Upload } from "../staying-up/client.ts";

const FORM = "application/x-www-form-urlencoded";
const JSON_TYPE = "application/json";

/** Stands in sources, in a variable and in what a function says that is not open to everybody. */
const CANARY = "canary";
const ECHO = `/* ${CANARY} */ exports.handler = (context, event, callback) => callback(null, event);`;
const SECRET = `exports.handler = (context, event, callback) => callback(null, "${CANARY} ran");`;

/** Names that mean something to an object, and those that are written in more than one way. */
const ODD_NAMES = ["/__proto__", "/constructor", "/hasOwnProperty", "/a b", "/é"];

/** Small, and many bytes once they are read. */
const GZIPPED = await gzip("{}");
const GZIPPED_FORM = await gzip("a=1");
const BOMB = await gzip(" ".repeat(64 * 1024 * 1024));

async function gzip(text: string): Promise<Uint8Array> {
  const body = new Response(text).body?.pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(body).arrayBuffer());
}

let origin: string;
let elsewhere: string;

beforeAll(async () => {
  vi.spyOn(console, "warn").mockReturnValue();
  const client = clientOf(await newIsolate());
  const uploads: Upload[] = [
    ...["/echo", ...ODD_NAMES].map((path) => fn(path, ECHO)),
    fn("/kept", SECRET, "protected"),
    fn("/hidden", SECRET, "private"),
    fn("/fails", `/* ${CANARY} */ exports.handler = ({ SECRET }) => SECRET.x.y;`),
    fn(
      "/requires",
      `const ${CANARY} = require("./${"missing"}"); exports.handler = () => ${CANARY};`,
    ),
    fn(
      "/tagged",
      `exports.handler = (c, e, cb) => cb(null, new Twilio.Response({
      headers: { ETag: '"a"', "Last-Modified": "Sun, 06 Nov 1994 08:49:37 GMT" }, body: "0123456789" }));`,
    ),
    { path: "/hidden.txt", visibility: "private", content: CANARY },
  ];
  const variables = { SECRET: `${CANARY} variable` };
  origin = (await deployed(client, "hostile", uploads, { variables })).origin;
  elsewhere = (await deployed(client, "elsewhere", uploads)).origin;
});
beforeEach(() => {
  vi.spyOn(console, "warn").mockReturnValue();
});
afterEach(() => {
  vi.restoreAllMocks();
});

function fn(path: string, content: string, visibility = "public"): Upload {
  return { kind: "function", path, content, visibility };
}

async function ask(path: string, init: RequestInit = {}): Promise<Answer> {
  const answer = await receive(origin + path, init);
  const text = answer.body + JSON.stringify([...answer.headers]);
  expect(text).not.toContain(CANARY);
  expect(text).not.toMatch(/\/bundle\/|runner\.js|\.js:\d+|node:internal|workerd/);
  return answer;
}

describe("a method", () => {
  it.each([
    ["HEAD", "/echo", 405],
    ["PUT", "/echo", 405],
    ["PATCH", "/echo", 405],
    ["DELETE", "/echo", 405],
    ["TRACE", "/echo", 405],
    ["CONNECT", "/echo", 405],
    ["PROPFIND", "/echo", 405],
    ["get", "/echo", 405],
    ["", "/echo", 405],
    ["HEAD", "/kept", 405],
    ["TRACE", "/kept", 405],
    ["OPTIONS", "/kept", 204],
    ["GET", "/kept", 403],
    ["POST", "/kept", 403],
    ["HEAD", "/hidden", 404],
    ["OPTIONS", "/hidden", 404],
    ["TRACE", "/hidden", 404],
    ["POST", "/hidden", 404],
    ["PUT", "/hidden", 404],
  ])("%j of %s is answered %i", async (method, path, status) => {
    const answer = await ask(path, { method });
    expect(answer.status).toBe(status);
    expect(answer.headers.get("allow")).toBe(
      status === 405 || status === 204 ? "GET, POST, OPTIONS" : null,
    );
  });

  it.each(["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])(
    "cannot be another by %s",
    async (name) => {
      expect((await ask("/kept", { method: "POST", headers: { [name]: "OPTIONS" } })).status).toBe(
        403,
      );
      expect((await ask("/echo", { method: "PUT", headers: { [name]: "GET" } })).status).toBe(405);
    },
  );

  it("that is allowed needs the signature no less", async () => {
    const headers = { "X-Twilio-Signature": await sign(env.TWILIO_AUTH_TOKEN, `${origin}/kept`) };
    for (const [method, status] of [
      ["GET", 200],
      ["POST", 200],
      ["HEAD", 405],
      ["PUT", 405],
    ] as const) {
      expect((await receive(`${origin}/kept`, { method, headers })).status).toBe(status);
    }
  });
});

describe("a path", () => {
  it.each([
    ["/%68idden", 404],
    ["/hidde%6E", 404],
    ["/hidden/", 404],
    ["/hidden.js", 404],
    ["/HIDDEN", 404],
    ["/hidden;x", 404],
    ["//hidden", 404],
    ["/hidden%20", 404],
    ["/hidden%00", 400],
    ["/hidden%zz", 400],
    ["/./hidden", 400],
    ["/echo/../hidden", 400],
    ["/echo/%2e%2e/hidden", 400],
    ["/echo\\..\\hidden", 400],
    ["/echo%5c..%5chidden", 400],
    ["/echo%2f..%2fhidden", 404],
    ["/echo/hidden", 404],
    ["/functions/hidden.js", 404],
    ["/bundle/functions/hidden.js", 404],
    ["/assets/hidden.txt", 404],
    ["/hidden.txt", 404],
    ["/manifest.json", 404],
    ["/runner.js", 404],
    ["/kept", 403],
    ["/%6bept", 403],
    ["/kep%74", 403],
    ["/kept?", 403],
    ["/kept?a=/echo", 403],
    ["/kept/", 404],
    ["/KEPT", 404],
    ["//kept", 404],
    ["/./kept", 400],
    ["/echo/../kept", 400],
    ["/toString", 404],
    ["/valueOf", 404],
    ["/__defineGetter__", 404],
    ["/isPrototypeOf", 404],
    ["/echo?%", 200],
    ["/echo?%ff=%c0%af&=&&=1", 200],
    ["/echo?__proto__[x]=1&constructor[prototype][x]=1&a[__proto__][x]=1", 200],
  ])("%s is answered %i", async (path, status) => {
    expect((await ask(path)).status).toBe(status);
  });

  it("may be long, and a query deep", async () => {
    for (const [path, status] of [
      [`/${"a".repeat(16_384)}`, 400],
      [`/echo?${"a".repeat(16_384)}`, 200],
      [`/echo?${"a=1&".repeat(4_096)}`, 200],
      [`/echo?a${"[b]".repeat(4_096)}=1`, 200],
    ] as const) {
      expect((await ask(path)).status).toBe(status);
    }
  });

  it.each([
    ["/__proto__", "/__proto__"],
    ["/constructor", "/constructor"],
    ["/hasOwnProperty", "/hasOwnProperty"],
    ["/a%20b", "/a b"],
    ["/a b", "/a b"],
    ["/%C3%A9", "/é"],
    ["/é", "/é"],
  ])("%s is the function %s", async (path) => {
    const { status, body } = await ask(path);
    expect([status, JSON.parse(body)]).toEqual([200, { request: { headers: {}, cookies: {} } }]);
  });

  it.each(["X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix", "X-Accel-Redirect"])(
    "cannot be another by %s",
    async (name) => {
      expect((await ask("/kept", { headers: { [name]: "/echo" } })).status).toBe(403);
      expect((await ask("/nothing", { headers: { [name]: "/echo" } })).status).toBe(404);
    },
  );
});

describe("a host", () => {
  it.each([
    ["UPPER.CASE", (host: string) => host.toUpperCase(), 200],
    ["with a dot", (host: string) => host.replace(":", ".:"), 200],
    ["without port", (host: string) => host.replace(/:.*/, ""), 200],
    ["with another port", (host: string) => host.replace(/:.*/, ":1"), 200],
    ["below itself", (host: string) => `x.${host}`, 404],
    ["of nobody", () => "nobody-0000.localhost:8787", 404],
    ["elsewhere", () => "elsewhere.example", 404],
    ["with a user", (host: string) => `user@${host}`, 400],
    ["twice", (host: string) => `${host},${host}`, 400],
    ["with a space", (host: string) => `${host} x`, 400],
    ["that is none", () => "", 400],
  ])("%s", async (_name, change, status) => {
    const { host } = new URL(origin);
    const answer = await receive(`http://${change(host)}/echo`);
    expect(answer.status).toBe(status);
    expect(answer.body).not.toContain(CANARY);
    expect((await receive(`http://${change(host)}/hidden`)).status).toBe(
      status === 200 ? 404 : status,
    );
  });

  it("named by X-Forwarded-Host or Forwarded is not looked at", async () => {
    const { host } = new URL(elsewhere);
    const headers = { "X-Forwarded-Host": host, Forwarded: `host=${host}`, "X-Host": host };
    const answer = await receive(`http://nobody-0000.localhost:8787/echo`, { headers });
    expect(answer.status).toBe(404);
  });
});

describe("a signature", () => {
  const at = (path: string, parameters: Parameters = {}) =>
    sign(env.TWILIO_AUTH_TOKEN, origin + path, parameters);
  const post = (
    body: string,
    type: string,
    signature: string,
    more: Record<string, string> = {},
  ) => ({
    method: "POST",
    headers: { "Content-Type": type, "X-Twilio-Signature": signature, ...more },
    body: new TextEncoder().encode(body),
  });
  const BODY = '{"a":1}';

  it.each<[string, () => Promise<[path: string, init: RequestInit]>]>([
    [
      "of another path",
      async () => ["/kept", { headers: { "X-Twilio-Signature": await at("/echo") } }],
    ],
    [
      "of another query",
      async () => ["/kept?a=1", { headers: { "X-Twilio-Signature": await at("/kept") } }],
    ],
    [
      "of another host",
      async () => [
        "/kept",
        {
          headers: { "X-Twilio-Signature": await sign(env.TWILIO_AUTH_TOKEN, `${elsewhere}/kept`) },
        },
      ],
    ],
    [
      "by another token",
      async () => [
        "/kept",
        { headers: { "X-Twilio-Signature": await sign("f".repeat(32), `${origin}/kept`) } },
      ],
    ],
    [
      "by no token",
      async () => [
        "/kept",
        { headers: { "X-Twilio-Signature": await sign("\0", `${origin}/kept`) } },
      ],
    ],
    [
      "twice",
      async () => [
        "/kept",
        { headers: { "X-Twilio-Signature": `${await at("/kept")}, ${await at("/kept")}` } },
      ],
    ],
    ["that is empty", async () => ["/kept", { headers: { "X-Twilio-Signature": "" } }]],
    [
      "of a form with a field less",
      async () => ["/kept", post("a=1&b=2", FORM, await at("/kept", { a: "1" }))],
    ],
    [
      "of a form with a field more",
      async () => ["/kept", post("a=1", FORM, await at("/kept", { a: "1", b: "2" }))],
    ],
    [
      "of a form, sent as JSON",
      async () => ["/kept", post(BODY, JSON_TYPE, await at("/kept", { a: "1" }))],
    ],
    ["of no body, with JSON", async () => ["/kept", post(BODY, JSON_TYPE, await at("/kept"))]],
    ["of no body, with text", async () => ["/kept", post("a", "text/plain", await at("/kept"))]],
    ["of no body, with a form", async () => ["/kept", post("a=1", FORM, await at("/kept"))]],
    [
      "of no body, with two types",
      async () => ["/kept", post("a=1", `${JSON_TYPE}, ${FORM}`, await at("/kept"))],
    ],
    [
      "of a body with another SHA-256",
      async () => {
        const path = `/kept?bodySHA256=${await sha256(BODY)}`;
        return [path, post('{"a":2}', JSON_TYPE, await at(path))];
      },
    ],
    [
      "of a body whose SHA-256 comes second",
      async () => {
        const path = `/kept?bodySHA256=x&bodySHA256=${await sha256(BODY)}`;
        return [path, post(BODY, JSON_TYPE, await at(path))];
      },
    ],
    [
      "of a form that is sent compressed",
      async () => {
        const signature = await at("/kept", { a: "1" });
        const headers = {
          "Content-Type": FORM,
          "Content-Encoding": "gzip",
          "X-Twilio-Signature": signature,
        };
        return ["/kept", { method: "POST", headers, body: GZIPPED_FORM }];
      },
    ],
    [
      "of a form whose bytes are those of a compressed one",
      async () => [
        "/kept",
        post("a=1", FORM, await at("/kept", { a: "1" }), { "Content-Encoding": "br" }),
      ],
    ],
  ])("%s opens nothing", async (_name, request) => {
    const [path, init] = await request();
    expect((await ask(path, init)).status).toBe(403);
  });

  it.each<[string, () => Promise<[path: string, init: RequestInit]>]>([
    [
      "of the path",
      async () => ["/kept", { headers: { "X-Twilio-Signature": await at("/kept") } }],
    ],
    [
      "of the form",
      async () => ["/kept", post("b=2&a=1", FORM, await at("/kept", { a: "1", b: "2" }))],
    ],
    [
      "of the body by its SHA-256",
      async () => {
        const path = `/kept?bodySHA256=${await sha256(BODY)}`;
        return [path, post(BODY, JSON_TYPE, await at(path))];
      },
    ],
  ])("%s opens what it is made for", async (_name, request) => {
    const [path, init] = await request();
    const { status, body } = await receive(origin + path, init);
    expect([status, body]).toEqual([200, `${CANARY} ran`]);
  });
});

describe("a body", () => {
  const encoded = (text: string) => new TextEncoder().encode(text);
  const many = (field: string, count: number) => field.repeat(count);

  it.each<[string, string | null, Uint8Array | string, number, string?]>([
    ["an object", JSON_TYPE, "{}", 200],
    ["an array", JSON_TYPE, "[1]", 200],
    ["nothing", JSON_TYPE, "", 200],
    ["half an object", JSON_TYPE, '{"a":', 400],
    ["a scalar", JSON_TYPE, "5", 400],
    ["null", JSON_TYPE, "null", 400],
    ["a string", JSON_TYPE, '"a"', 400],
    ["two objects", JSON_TYPE, "{}{}", 400],
    ["brackets without end", JSON_TYPE, many("[", 100_000), 400],
    ["an object with a prototype", JSON_TYPE, '{"__proto__":{"x":1},"constructor":1}', 200],
    ["no UTF-8", JSON_TYPE, new Uint8Array([0xff, 0xfe, 0x7b]), 400],
    ["a NUL", JSON_TYPE, "\0", 400],
    ["in UTF-16 that is none", `${JSON_TYPE}; charset=utf-16`, "x", 400],
    ["in an unknown charset", `${JSON_TYPE}; charset=x-none`, "{}", 415],
    ["with parameters that are none", `${JSON_TYPE};;;=;charset`, "{}", 200],
    ["with broken escapes", FORM, "%zz&=&&&=1&a=%ff&%", 200],
    ["with a thousand fields", FORM, many("a&", 999), 200],
    ["with more", FORM, many("a&", 1_001), 413],
    ["in an unknown charset", `${FORM}; charset=utf-7`, "a=1", 415],
    ["with names of an object", FORM, "__proto__=1&constructor=2&hasOwnProperty=3", 200],
    ["without a boundary", "multipart/form-data", "x", 200],
    ["that is cut off", "multipart/form-data; boundary=x", "--x\r\nContent-Dis", 200],
    ["that is not closed", "text/xml", "<a", 200],
    ["of no type", null, "a=1", 200],
    ["of a type that is none", "garbage", "a=1", 200],
    ["of two types", `${JSON_TYPE}, ${FORM}`, "{", 200],
    ["that is not gzip", JSON_TYPE, "{}", 400, "gzip"],
    ["that is not deflate", JSON_TYPE, "{}", 400, "deflate"],
    ["that is not brotli", JSON_TYPE, "{}", 400, "br"],
    ["of an unknown coding", JSON_TYPE, "{}", 415, "x-none"],
    ["of two codings", JSON_TYPE, GZIPPED, 415, "gzip, gzip"],
    ["that is gzip", JSON_TYPE, GZIPPED, 200, "gzip"],
    ["that is gzip, cut off", JSON_TYPE, GZIPPED.subarray(0, 12), 400, "gzip"],
    ["that unfolds to 64 MB", JSON_TYPE, BOMB, 413, "gzip"],
    ["of 6 MB", "text/plain", new Uint8Array(6 * 1024 * 1024), 200],
    ["of a byte more", "text/plain", new Uint8Array(6 * 1024 * 1024 + 1), 413],
  ])("%s as %s", async (_name, type, body, status, coding) => {
    const headers: Record<string, string> = {};
    if (type !== null) headers["Content-Type"] = type;
    if (coding) headers["Content-Encoding"] = coding;
    const bytes = typeof body === "string" ? encoded(body) : body;
    const answer = await ask("/echo", { method: "POST", headers, body: bytes as BodyInit });
    expect(answer.status).toBe(status);
    if (status === 200) expect(JSON.parse(answer.body)).toHaveProperty("request");
  });

  it("without end is given up after 6 MB, and nothing runs", async () => {
    let sent = 0;
    const body = new ReadableStream({
      pull(controller) {
        sent += 65_536;
        controller.enqueue(new Uint8Array(65_536));
      },
    });
    expect((await ask("/echo", { method: "POST", body })).status).toBe(413);
    expect(sent).toBeLessThan(8 * 1024 * 1024);
  });
});

describe("a field", () => {
  it("of conditions and ranges means nothing to a function", async () => {
    for (const headers of [
      { Range: "bytes=0-1" },
      { "If-None-Match": '"a"' },
      { "If-None-Match": "*" },
      { "If-Match": '"other"' },
      { "If-Modified-Since": "Sun, 06 Nov 2044 08:49:37 GMT" },
      { "If-Unmodified-Since": "Sun, 06 Nov 1984 08:49:37 GMT" },
      { "If-Range": '"a"', Range: "bytes=0-1" },
      { Expect: "200-ok" },
    ]) {
      const { status, body } = await ask("/tagged", { headers: headers as HeadersInit });
      expect([status, body]).toEqual([200, "0123456789"]);
    }
  });

  it("of cookies may hold anything", async () => {
    const Cookie = `a=\x80; =; ;;; __proto__=1; constructor=2; j=j:{"__proto__":{"x":1}}; k=j:{; p=%zz; ${"c=1; ".repeat(500)}`;
    const { status, body } = await ask("/echo", { headers: { Cookie } });
    const { cookies } = JSON.parse(body).request;
    expect([status, cookies.constructor, cookies.k, cookies.p]).toEqual([200, "2", "j:{", "%zz"]);
  });

  it("that the edge sets or Twilio strips is no function's", async () => {
    const headers = {
      "CF-Connecting-IP": "1.2.3.4",
      "CF-Ray": "abc",
      "X-Forwarded-For": "1.2.3.4",
      "X-Real-IP": "1.2.3.4",
      "Proxy-Authorization": "Basic eA==",
      "I-Twilio-Idempotency-Token": "a",
      "X-Kept": "kept",
    };
    const { body } = await ask("/echo", { headers });
    expect(JSON.parse(body).request.headers).toEqual({ "x-kept": "kept" });
  });
});

describe("an error page", () => {
  it.each([
    ["/fails", "TypeError", "Cannot read properties of undefined (reading 'y')"],
    ["/requires", "Error", "Cannot find module './missing'"],
  ])("of %s says what went wrong, and not where", async (path, name, message) => {
    const { status, body } = await receive(origin + path);
    const shown = JSON.parse(body);
    expect([status, shown.name, shown.message.split("\n")[0]]).toEqual([500, name, message]);
    expect(shown.stack).not.toMatch(/\n\s+at /);
    const page = await receive(origin + path, { headers: { "User-Agent": "Mozilla/5.0" } });
    expect([page.status, page.headers.get("content-type")]).toEqual([
      500,
      "text/html; charset=utf-8",
    ]);
    for (const text of [body, page.body]) {
      expect(text).not.toMatch(new RegExp(`${CANARY}|runner|\\n\\s+at |:\\d+:\\d+`));
    }
  });
});
