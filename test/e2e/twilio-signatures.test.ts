import fc from "fast-check";
import twilio from "twilio";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isValidSignature } from "../../src/gateway/signature.ts";
import { type AssetHosts, AUTH_TOKEN, startAssetHosts } from "./asset-hosts.ts";
import { Connection } from "./raw-http.ts";

/** Contract section 3, with Twilio's own library as the one who signs and as the judge. */

const { getExpectedBodyHash, getExpectedTwilioSignature, validateRequest } = twilio;
const HOST = "twilio-signs-1234.localhost";
const FORM = "application/x-www-form-urlencoded";

let server: AssetHosts;

beforeAll(async () => {
  server = await startAssetHosts();
  const body = "served";
  await server.deploy(HOST, {
    "/voice.xml": { body, visibility: "protected" },
    "/r%C3%A9pondeur.wav": { body, visibility: "protected" },
    "/assets/index.html": { body, visibility: "protected" },
  });
});

afterAll(() => server?.close());

type Sent = { method?: string; target: string; fields?: Record<string, string>; body?: string };

async function statusOf(
  { method = "GET", target, fields = {}, body = "" }: Sent,
  signature: string,
) {
  const all = {
    Host: `${HOST}:8787`,
    "X-Twilio-Signature": signature,
    "User-Agent": "TwilioProxy/1.1",
    ...fields,
  };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const connection = new Connection(server.port);
  connection.write(`${method} ${target} HTTP/1.1\r\n${head.join("")}\r\n${body}`);
  try {
    return (await connection.read(method)).status;
  } finally {
    connection.close();
  }
}

const ORIGIN = `http://${HOST}:8787`;
const BARE = `http://${HOST}`;

describe("what Twilio's library signs is served over the wire", () => {
  it.each([
    ["get", "GET", "/voice.xml", `${ORIGIN}/voice.xml`],
    ["head", "HEAD", "/voice.xml", `${ORIGIN}/voice.xml`],
    ["without-port", "GET", "/voice.xml", `${BARE}/voice.xml`],
    ["query", "GET", "/voice.xml?a=1&b=2", `${ORIGIN}/voice.xml?a=1&b=2`],
    ["plus", "GET", "/voice.xml?a=b+c", `${ORIGIN}/voice.xml?a=b+c`],
    ["apostrophe", "GET", "/voice.xml?a=it's", `${ORIGIN}/voice.xml?a=it's`],
    ["apostrophe-encoded", "GET", "/voice.xml?a=it%27s", `${ORIGIN}/voice.xml?a=it's`],
    ["non-ascii", "GET", "/r%C3%A9pondeur.wav", `${ORIGIN}/répondeur.wav`],
    ["non-ascii-lower", "GET", "/r%c3%a9pondeur.wav", `${ORIGIN}/r%c3%a9pondeur.wav`],
    ["non-ascii-raw-bytes", "GET", "/r\xc3\xa9pondeur.wav", `${ORIGIN}/répondeur.wav`],
    ["root", "GET", "/", `${ORIGIN}/`],
    ["root-as-no-path", "GET", "/", ORIGIN],
  ])("SDK-%s", async (_id, method, target, signed) => {
    const signature = getExpectedTwilioSignature(AUTH_TOKEN, signed, {});
    expect(await statusOf({ method, target }, signature)).toBe(200);
    const stranger = getExpectedTwilioSignature("another token", signed, {});
    expect(await statusOf({ method, target }, stranger)).toBe(403);
  });

  it.each([
    ["webhook", { CallSid: "CA1", From: "+15550100", Digits: "1234", Body: "it's été 📞" }],
    ["arrays", { MessagingBinding: ["b", "a", "a"], Sid: "x" }],
    ["case", { callSid: "c", CALLSID: "a", CallSid: "b" }],
    ["empty", { Body: "" }],
    ["none", {}],
  ])("SDK-form-%s", async (_id, parameters) => {
    const url = `${ORIGIN}/voice.xml?foo=1`;
    const signature = getExpectedTwilioSignature(AUTH_TOKEN, url, parameters);
    const form = new URLSearchParams(
      Object.entries(parameters).flatMap(([name, values]) =>
        [values].flat().map((value) => [name, value]),
      ),
    ).toString();
    const post = { method: "POST", target: "/voice.xml?foo=1" };
    const type = { "Content-Type": `${FORM}; charset=UTF-8` };
    const whole = {
      ...post,
      body: form,
      fields: { ...type, "Content-Length": String(form.length) },
    };
    expect(await statusOf(whole, signature)).toBe(200);
    const chunks = form.match(/.{1,7}/gs) ?? [];
    const body = `${chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join("")}0\r\n\r\n`;
    const chunked = { ...post, body, fields: { ...type, "Transfer-Encoding": "chunked" } };
    expect(await statusOf(chunked, signature)).toBe(200);
    const changed = { ...whole, body: form.replace(/.$/s, "y"), fields: whole.fields };
    expect(await statusOf(changed, signature)).toBe(form === "" ? 200 : 403);
  });

  it("SDK-json: a body is bound by bodySHA256", async () => {
    const body = '{"property": "value"}';
    const target = `/voice.xml?bodySHA256=${getExpectedBodyHash(body)}`;
    const signature = getExpectedTwilioSignature(AUTH_TOKEN, ORIGIN + target, {});
    const post = (text: string) => ({
      method: "POST",
      target,
      body: text,
      fields: { "Content-Type": "application/json", "Content-Length": String(text.length) },
    });
    expect(await statusOf(post(body), signature)).toBe(200);
    expect(await statusOf(post(body.replace("value", "valuf")), signature)).toBe(403);
  });
});

describe("what Twilio's library accepts, the gateway accepts", () => {
  const piece = fc.constantFrom(
    "a",
    "b=c",
    "&",
    "=",
    "+",
    "%20",
    "%27",
    "'",
    "%C3%A9",
    "%c3%a9",
    "é",
    "%",
    "%zz",
    "%2F",
    "%7E",
    "~",
    "!",
    "|",
    "📞",
  );
  const text = fc.array(piece, { maxLength: 5 }).map((parts) => parts.join(""));
  const port = fc.constantFrom("", ":80", ":443", ":8787");
  const url = fc
    .tuple(fc.constantFrom("http", "https"), port, text, fc.option(text))
    .map(
      ([scheme, at, path, query]) =>
        `${scheme}://${HOST}${at}/${path}${query === null ? "" : `?${query}`}`,
    );
  /** What a customer may have written, whose client sent `url`. */
  const rewritten = [
    (sent: string) => sent,
    (sent: string) => new URL(sent).href,
    (sent: string) => sent.replace(/:\d+\//, "/"),
    (sent: string) => sent.replaceAll("%27", "'"),
    (sent: string) => sent.replaceAll("+", "%20"),
    (sent: string) => sent.replaceAll("%C3%A9", "é"),
    (sent: string) => sent.replace(`${HOST}/`, `${HOST}:${sent.startsWith("https") ? 443 : 80}/`),
  ];

  it("SDK-property-url", async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(url, fc.constantFrom(...rewritten), async (sent, rewrite) => {
        const signature = getExpectedTwilioSignature("token", rewrite(sent), {});
        if (!validateRequest("token", signature, sent, {})) return;
        accepted += 1;
        const valid = await isValidSignature(signature, ["token"], {
          url: sent,
          host: null,
          contentType: null,
          body: new Uint8Array(),
        });
        expect(valid).toBe(true);
      }),
      { numRuns: 1_500 },
    );
    expect(accepted).toBeGreaterThan(500);
  });

  it("SDK-property-form", async () => {
    // Names that begin otherwise are none of Twilio's, and refused (docs/compatibility.md).
    const name = fc.oneof(
      fc.string({ minLength: 1, maxLength: 6 }).filter((text) => /^[A-Za-z_]/.test(text)),
      fc.constantFrom("CallSid", "CALLSID", "a10", "a9", "é"),
    );
    const value = fc.oneof(
      fc.string(),
      fc.array(fc.string({ maxLength: 3 }), { minLength: 1, maxLength: 3 }),
    );
    const parameters = fc.dictionary(name, value, { maxKeys: 5, noNullPrototype: true });
    await fc.assert(
      fc.asyncProperty(parameters, async (sent) => {
        const form = new URLSearchParams();
        for (const [key, values] of Object.entries(sent)) {
          for (const one of [values].flat()) form.append(key, one);
        }
        const target = `${ORIGIN}/voice.xml`;
        const valid = await isValidSignature(
          getExpectedTwilioSignature("token", target, sent),
          ["token"],
          {
            url: target,
            host: null,
            contentType: FORM,
            body: new TextEncoder().encode(form.toString()),
          },
        );
        expect(valid).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
