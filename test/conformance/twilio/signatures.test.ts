import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { accountRecordKey, encodeAccountRecord } from "../../../src/contract/account-record.ts";
import { isValidSignature } from "../../../src/gateway/signature.ts";
import { deploy } from "../../deployment.ts";
import { receive, send } from "../client.ts";
import { quiet } from "../quiet.ts";
import { type Parameters, sha256, sign } from "../sign.ts";

/** Contract section 3: the signatures that open a protected asset, and those that do not. */

quiet();

const HOST = "signatures-5001.localhost";
const HTTP = `http://${HOST}:8787`;
const HTTPS = `https://${HOST}`;
const ACCOUNT = `AC${"7".repeat(32)}`;
const PRIMARY = "primary-token";
const SECONDARY = "secondary-token";
const FORM = "application/x-www-form-urlencoded";
/** vitest.config.ts: the operator has no record, its token is a secret. */
const OPERATOR_TOKEN = "0123456789abcdef0123456789abcdef";

beforeAll(async () => {
  const record = await encodeAccountRecord(ACCOUNT, [PRIMARY, SECONDARY], env.ENCRYPTION_KEY);
  await env.MANIFESTS.put(accountRecordKey(ACCOUNT), record);
  const body = "0123456789";
  const visibility = "protected" as const;
  await deploy(
    HOST,
    {
      "/play.mp3": { body, visibility },
      "/r%C3%A9pondeur.wav": { body, visibility },
      "/my%20file.mp3": { body, visibility },
      "/it's.mp3": { body, visibility },
      "/a%2Fb.mp3": { body, visibility },
      "/assets/index.html": { body, visibility },
    },
    { account: ACCOUNT },
  );
  await deploy("signatures-operator-5002.localhost", { "/play.mp3": { body, visibility } });
});

describe("contract 3: GET and HEAD sign the URL alone", () => {
  it.each([
    ["as-sent", `${HTTP}/play.mp3`, `${HTTP}/play.mp3`],
    ["host-upper-case", `http://${HOST.toUpperCase()}/play.mp3`, `http://${HOST}/play.mp3`],
    ["host-upper-case-port", `${HTTP.replace("s", "S")}/play.mp3`, `http://${HOST}/play.mp3`],
    ["port-empty", `http://${HOST}:/play.mp3`, `http://${HOST}/play.mp3`],
    ["port-dropped", `${HTTP}/play.mp3`, `http://${HOST}/play.mp3`],
    ["https", `${HTTPS}/play.mp3`, `${HTTPS}/play.mp3`],
    ["https-443-added", `${HTTPS}/play.mp3`, `${HTTPS}:443/play.mp3`],
    ["https-443-dropped", `${HTTPS}:443/play.mp3`, `${HTTPS}/play.mp3`],
    ["https-443-kept", `${HTTPS}:443/play.mp3`, `${HTTPS}:443/play.mp3`],
    ["https-8443-dropped", `${HTTPS}:8443/play.mp3`, `${HTTPS}/play.mp3`],
    ["tls-ended-before", `http://${HOST}/play.mp3`, `${HTTPS}/play.mp3`],
    ["tls-ended-before-443", `http://${HOST}/play.mp3`, `${HTTPS}:443/play.mp3`],
    ["http-80-added", `http://${HOST}/play.mp3`, `http://${HOST}:80/play.mp3`],
    ["http-80-dropped", `http://${HOST}:80/play.mp3`, `http://${HOST}/play.mp3`],
    ["root", `${HTTP}/`, `${HTTP}/`],
    ["root-as-no-path", `${HTTP}/`, HTTP],
    ["root-as-no-path-https", `${HTTPS}/`, HTTPS],
    ["root-as-no-path-query", `${HTTP}/?a=b`, `${HTTP}?a=b`],
    ["query", `${HTTP}/play.mp3?a=1&b=2`, `${HTTP}/play.mp3?a=1&b=2`],
    ["query-unsorted", `${HTTP}/play.mp3?b=2&a=1&b=1`, `${HTTP}/play.mp3?b=2&a=1&b=1`],
    ["query-empty", `${HTTP}/play.mp3?`, `${HTTP}/play.mp3?`],
    ["query-without-equals", `${HTTP}/play.mp3?flag`, `${HTTP}/play.mp3?flag`],
    ["query-two-ampersands", `${HTTP}/play.mp3?a=1&&b=2&`, `${HTTP}/play.mp3?a=1&&b=2&`],
    ["query-two-questions", `${HTTP}/play.mp3?a=?b`, `${HTTP}/play.mp3?a=?b`],
    ["query-slash", `${HTTP}/play.mp3?u=http://x/y`, `${HTTP}/play.mp3?u=http://x/y`],
    ["query-plus", `${HTTP}/play.mp3?a=b+c`, `${HTTP}/play.mp3?a=b+c`],
    ["query-plus-as-%20", `${HTTP}/play.mp3?a=b+c`, `${HTTP}/play.mp3?a=b%20c`],
    ["query-%20", `${HTTP}/play.mp3?a=b%20c`, `${HTTP}/play.mp3?a=b%20c`],
    ["query-%2B", `${HTTP}/play.mp3?a=%2B1`, `${HTTP}/play.mp3?a=%2B1`],
    ["query-apostrophe-raw", `${HTTP}/play.mp3?a=it's`, `${HTTP}/play.mp3?a=it's`],
    ["query-apostrophe-encoded", `${HTTP}/play.mp3?a=it%27s`, `${HTTP}/play.mp3?a=it%27s`],
    ["query-apostrophe-lost", `${HTTP}/play.mp3?a=it%27s`, `${HTTP}/play.mp3?a=it's`],
    ["query-apostrophe-gained", `${HTTP}/play.mp3?a=it's`, `${HTTP}/play.mp3?a=it%27s`],
    ["query-non-ascii-raw", `${HTTP}/play.mp3?a=%C3%A9`, `${HTTP}/play.mp3?a=é`],
    ["query-non-ascii-encoded", `${HTTP}/play.mp3?a=%C3%A9`, `${HTTP}/play.mp3?a=%C3%A9`],
    ["query-non-ascii-lower", `${HTTP}/play.mp3?a=%c3%a9`, `${HTTP}/play.mp3?a=%c3%a9`],
    ["query-emoji-raw", `${HTTP}/play.mp3?a=%F0%9F%93%9E`, `${HTTP}/play.mp3?a=📞`],
    ["query-both-raw", `${HTTP}/play.mp3?a=l%27%C3%A9t%C3%A9`, `${HTTP}/play.mp3?a=l'été`],
    ["query-quotes-raw", `${HTTP}/play.mp3?a=%22x%22`, `${HTTP}/play.mp3?a="x"`],
    ["query-angles-raw", `${HTTP}/play.mp3?a=%3Cx%3E`, `${HTTP}/play.mp3?a=<x>`],
    ["query-space-raw", `${HTTP}/play.mp3?a=b%20c`, `${HTTP}/play.mp3?a=b c`],
    ["path-and-query-raw", `${HTTP}/r%C3%A9pondeur.wav?a=it%27s`, `${HTTP}/répondeur.wav?a=it's`],
    ["path-raw-query-plus", `${HTTP}/r%C3%A9pondeur.wav?a=b+c`, `${HTTP}/répondeur.wav?a=b%20c`],
    ["path-space-raw", `${HTTP}/my%20file.mp3`, `${HTTP}/my file.mp3`],
    ["query-malformed", `${HTTP}/play.mp3?a=%zz&b=%`, `${HTTP}/play.mp3?a=%zz&b=%`],
    ["query-latin-1", `${HTTP}/play.mp3?a=%E9`, `${HTTP}/play.mp3?a=%E9`],
    ["path-non-ascii-encoded", `${HTTP}/r%C3%A9pondeur.wav`, `${HTTP}/r%C3%A9pondeur.wav`],
    ["path-non-ascii-raw", `${HTTP}/r%C3%A9pondeur.wav`, `${HTTP}/répondeur.wav`],
    ["path-non-ascii-lower", `${HTTP}/r%c3%a9pondeur.wav`, `${HTTP}/r%c3%a9pondeur.wav`],
    ["path-space", `${HTTP}/my%20file.mp3`, `${HTTP}/my%20file.mp3`],
    ["path-apostrophe", `${HTTP}/it's.mp3`, `${HTTP}/it's.mp3`],
    ["path-apostrophe-encoded", `${HTTP}/it%27s.mp3`, `${HTTP}/it%27s.mp3`],
    ["path-encoded-slash-lower", `${HTTP}/a%2fb.mp3`, `${HTTP}/a%2fb.mp3`],
    ["path-needlessly-encoded", `${HTTP}/pl%61y.mp3`, `${HTTP}/pl%61y.mp3`],
  ])("SIG-%s: sent %s, signed %s", async (_id, sent, signed) => {
    for (const token of [PRIMARY, SECONDARY]) {
      const headers = { "X-Twilio-Signature": await sign(token, signed) };
      expect(await receive(sent, { headers })).toMatchObject({ status: 200, body: "0123456789" });
      expect(await receive(sent, { headers, method: "HEAD" })).toMatchObject({
        status: 200,
        body: "",
      });
      // The same through a runtime that normalises URLs.
      expect(await send(sent, { headers })).toMatchObject({ status: 200, body: "0123456789" });
    }
  });

  it.each([
    ["other-token", `${HTTP}/play.mp3`, `${HTTP}/play.mp3`, "primary-tokem"],
    ["operator's-token", `${HTTP}/play.mp3`, `${HTTP}/play.mp3`, OPERATOR_TOKEN],
    ["other-path", `${HTTP}/play.mp3`, `${HTTP}/my%20file.mp3`, PRIMARY],
    ["other-query", `${HTTP}/play.mp3?a=1`, `${HTTP}/play.mp3?a=2`, PRIMARY],
    ["query-added", `${HTTP}/play.mp3?a=1`, `${HTTP}/play.mp3`, PRIMARY],
    ["query-removed", `${HTTP}/play.mp3`, `${HTTP}/play.mp3?a=1`, PRIMARY],
    ["query-sorted", `${HTTP}/play.mp3?b=2&a=1`, `${HTTP}/play.mp3?a=1&b=2`, PRIMARY],
    ["query-plus-gained", `${HTTP}/play.mp3?a=b%20c`, `${HTTP}/play.mp3?a=b+c`, PRIMARY],
    [
      "other-host",
      `${HTTP}/play.mp3`,
      "http://signatures-operator-5002.localhost:8787/play.mp3",
      PRIMARY,
    ],
    ["other-port", `${HTTP}/play.mp3`, `http://${HOST}:8788/play.mp3`, PRIMARY],
    ["other-scheme", `${HTTPS}/play.mp3`, `http://${HOST}/play.mp3`, PRIMARY],
    ["443-of-http", `http://${HOST}/play.mp3`, `http://${HOST}:443/play.mp3`, PRIMARY],
    ["80-of-https", `${HTTPS}/play.mp3`, `${HTTPS}:80/play.mp3`, PRIMARY],
    ["path-case", `${HTTP}/play.mp3`, `${HTTP}/PLAY.mp3`, PRIMARY],
    ["message-prefix", `${HTTP}/play.mp3`, `${HTTP}/play.mp`, PRIMARY],
    ["form-of-get", `${HTTP}/play.mp3`, `${HTTP}/play.mp3Digits1`, PRIMARY],
  ])("SIG-refused-%s", async (_id, sent, signed, token) => {
    const headers = { "X-Twilio-Signature": await sign(token, signed) };
    expect((await receive(sent, { headers })).status).toBe(403);
    expect((await send(sent, { headers })).status).toBe(403);
  });

  it.each(["primary-token", "secondary-token"])("SIG-trailing-space: %s", async (token) => {
    const signature = await sign(token, `${HTTP}/play.mp3`);
    for (const field of [`${signature} `, ` ${signature}`, `${signature}\t`]) {
      const answer = await receive(`${HTTP}/play.mp3`, {
        headers: { "X-Twilio-Signature": field },
      });
      expect(answer.status).toBe(200);
    }
  });

  it("SIG-host-case: the host as the client spelt it is what it signed", async () => {
    const spelt = `http://${HOST.toUpperCase()}:8787/play.mp3`;
    const headers = {
      Host: `${HOST.toUpperCase()}:8787`,
      "X-Twilio-Signature": await sign(PRIMARY, spelt),
    };
    expect((await receive(spelt, { headers })).status).toBe(200);
    expect((await receive(`${HTTP}/play.mp3`, { headers })).status).toBe(200);
  });

  it("SIG-operator: the operator's token comes from the secrets", async () => {
    const url = "http://signatures-operator-5002.localhost:8787/play.mp3";
    const statusWith = async (token: string) => {
      const headers = { "X-Twilio-Signature": await sign(token, url) };
      return (await receive(url, { headers })).status;
    };
    expect(await statusWith(OPERATOR_TOKEN)).toBe(200);
    expect(await statusWith(PRIMARY)).toBe(403);
    expect(await statusWith(SECONDARY)).toBe(403);
  });

  it.each([
    ["not-modified", { "If-None-Match": "*" }, 304],
    ["partial", { Range: "bytes=2-3" }, 206],
    ["unsatisfiable", { Range: "bytes=10-" }, 416],
    ["failed", { "If-Match": '"other"' }, 412],
  ])(
    "SIG-then-%s: with a valid signature the rest is as for a public asset",
    async (_id, fields, status) => {
      const headers = {
        ...(fields as Record<string, string>),
        "X-Twilio-Signature": await sign(PRIMARY, `${HTTP}/play.mp3`),
      };
      expect((await receive(`${HTTP}/play.mp3`, { headers })).status).toBe(status);
    },
  );
});

describe("contract 3: a form's parameters are signed with the URL", () => {
  const url = `${HTTP}/play.mp3?foo=1`;

  it.each<[string, string, Parameters]>([
    ["one", "Digits=1", { Digits: "1" }],
    ["unsorted", "To=b&From=a", { To: "b", From: "a" }],
    ["case-sorted", "callSid=c&CALLSID=a&CallSid=b", { CALLSID: "a", CallSid: "b", callSid: "c" }],
    [
      "prefix-names",
      "ReasonConferenceEnded=x&Reason=y",
      { Reason: "y", ReasonConferenceEnded: "x" },
    ],
    ["duplicates", "Digits=5678&Digits=1234&Digits=1234", { Digits: ["5678", "1234", "1234"] }],
    ["empty-value", "Body=&To=x", { Body: "", To: "x" }],
    ["no-equals", "Body&To=x", { Body: "", To: "x" }],
    ["plus-is-space", "Body=it+is", { Body: "it is" }],
    ["percent-20", "Body=it%20is", { Body: "it is" }],
    ["plus-encoded", "To=%2B15551234567", { To: "+15551234567" }],
    ["apostrophe", "Body=it's", { Body: "it's" }],
    ["non-ascii", "Body=%C3%A9t%C3%A9", { Body: "été" }],
    ["non-ascii-lower", "Body=%c3%a9", { Body: "é" }],
    ["emoji", "Body=%F0%9F%93%9E", { Body: "📞" }],
    ["utf-16-order", "%F0%9F%93%9E=a&%EF%BD%A1=b", { "📞": "a", "｡": "b" }],
    ["equals-in-value", "Body=a=b", { Body: "a=b" }],
    ["line-break", "Body=a%0D%0Ab", { Body: "a\r\nb" }],
    ["names-with-brackets", "a[0]=x&a[1]=y", { "a[0]": "x", "a[1]": "y" }],
    ["proto", "__proto__=x&constructor=y", JSON.parse('{"__proto__":"x","constructor":"y"}')],
    ["byte-order-mark-first", "\ufeffDigits=1", { "\ufeffDigits": "1" }],
    ["byte-order-mark-encoded", "%EF%BB%BFDigits=1", { "\ufeffDigits": "1" }],
    ["none", "", {}],
  ])("SIG-form-%s", async (_id, body, parameters) => {
    for (const type of [FORM, `${FORM}; charset=UTF-8`, `${FORM.toUpperCase()} ;charset=utf-8`]) {
      for (const token of [PRIMARY, SECONDARY]) {
        const headers = {
          "Content-Type": type,
          "X-Twilio-Signature": await sign(token, url, parameters),
        };
        const answer = await receive(url, { method: "POST", body, headers });
        expect([type, token, answer.status]).toEqual([type, token, 200]);
      }
    }
  });

  it.each<[string, string, string, Parameters]>([
    ["parameter-added", FORM, "Digits=1&To=x", { Digits: "1" }],
    ["parameter-removed", FORM, "Digits=1", { Digits: "1", To: "x" }],
    ["parameters-over-url-alone", FORM, "Digits=1", {}],
    ["value-changed", FORM, "Digits=2", { Digits: "1" }],
    ["numeric-names", FORM, "10=a&9=b", { "10": "a", "9": "b" }],
    ["numeric-name-among-others", FORM, "Digits=a&1=b", { "1": "b", Digits: "a" }],
    ["no-name", FORM, "=1", { "": "1" }],
    ["nothing-but-equals", FORM, "=", {}],
    ["question-mark-first", FORM, "?Digits=1", { "?Digits": "1" }],
    ["question-mark-lost", FORM, "?Digits=1", { Digits: "1" }],
    ["name-changed", FORM, "digits=1", { Digits: "1" }],
    ["value-as-json", "application/json", '{"Digits":"1"}', { Digits: "1" }],
    ["form-without-type", "text/plain", "Digits=1", { Digits: "1" }],
    ["form-as-multipart", "multipart/form-data", "Digits=1", { Digits: "1" }],
    ["type-prefix", `${FORM}x`, "Digits=1", { Digits: "1" }],
  ])("SIG-form-refused-%s", async (_id, type, body, parameters) => {
    const headers = {
      "Content-Type": type,
      "X-Twilio-Signature": await sign(PRIMARY, url, parameters),
    };
    expect((await receive(url, { method: "POST", body, headers })).status).toBe(403);
  });
});

describe("contract 3: what was signed as one request is not another", () => {
  const PLAY = `${HTTP}/play.mp3`;

  it.each([
    ["path", "/play.mp3", "/play.mp", "3="],
    ["path-of-digits", "/play.mp3?call=12", "/play.mp3?call=1", "2="],
    ["query", "/play.mp3?a=1", "/play.mp3", "%3Fa%3D1="],
    ["query-with-value", "/play.mp3?a=1", "/play.mp3", "%3Fa%3D=1"],
    ["second-parameter", "/play.mp3?a=1&b=2", "/play.mp3?a=1", "%26b%3D2="],
    ["value", "/play.mp3?a=1", "/play.mp3?a", "%3D1="],
    ["extension", "/play.mp3", "/play", ".mp3="],
  ])("SIG-moved-%s: the signature of GET %s is not that of POST %s with %s", async (...row) => {
    const [, signed, sent, body] = row;
    const headers = {
      "Content-Type": FORM,
      "X-Twilio-Signature": await sign(PRIMARY, HTTP + signed),
    };
    expect(
      await isValidSignature(headers["X-Twilio-Signature"], [PRIMARY], {
        url: HTTP + sent,
        host: null,
        contentType: FORM,
        body: new TextEncoder().encode(body),
      }),
    ).toBe(false);
    const answer = await receive(HTTP + sent, { method: "POST", body, headers });
    expect(answer.status).not.toBe(200);
  });

  it.each([
    ["post", "POST", FORM, ""],
    ["post-of-nothing", "POST", FORM, "&"],
    ["get", "GET", FORM, undefined],
    ["head", "HEAD", `${FORM}; charset=utf-8`, undefined],
    ["post-without-type", "POST", "text/plain", ""],
  ])(
    "SIG-bound-%s: a signature over a JSON body is none over no body",
    async (_id, method, type, body) => {
      const url = `${PLAY}?bodySHA256=${await sha256('{"a":1}')}`;
      const headers = { "Content-Type": type, "X-Twilio-Signature": await sign(PRIMARY, url) };
      expect((await receive(url, { method, headers, ...(body && { body }) })).status).toBe(403);
    },
  );
});

describe("contract 3: any other body is bound by bodySHA256 in the signed URL", () => {
  const json = '{"property": "value", "é": "📞"}';

  it.each([
    ["json", "application/json", json],
    ["text", "text/plain", "plain"],
    ["no-type", null, json],
    ["form-type-too", FORM, "Digits=1"],
    ["empty-object", "application/json", "{}"],
    ["empty", "application/json", ""],
  ])("SIG-body-%s", async (_id, type, body) => {
    for (const query of ["?bodySHA256=", "?foo=1&bodySHA256=", "?bodySHA256=%s&foo=1"]) {
      const hash = await sha256(body);
      const url = `${HTTP}/play.mp3${query.includes("%s") ? query.replace("%s", hash) : query + hash}`;
      const answer = await receive(url, {
        method: "POST",
        body: new TextEncoder().encode(body),
        headers: {
          ...(type && { "Content-Type": type }),
          "X-Twilio-Signature": await sign(SECONDARY, url),
        },
      });
      expect([url, answer.status]).toEqual([url, 200]);
    }
  });

  it("SIG-body-absent: Twilio's own middleware takes an absent body for {}", async () => {
    const url = `${HTTP}/play.mp3?bodySHA256=${await sha256("{}")}`;
    const headers = { "X-Twilio-Signature": await sign(PRIMARY, url) };
    expect((await receive(url, { method: "POST", headers })).status).toBe(200);
    expect((await receive(url, { headers })).status).toBe(200);
  });

  it.each([
    ["other-body", `?bodySHA256=${"0".repeat(64)}`],
    ["upper-case-digits", null],
    ["empty-hash", "?bodySHA256="],
    ["other-name-case", "?bodysha256="],
    ["no-hash", ""],
    ["no-hash-with-query", "?foo=1"],
  ])("SIG-body-refused-%s", async (id, query) => {
    const hash = await sha256(json);
    const suffix = query ?? `?bodySHA256=${hash.toUpperCase()}`;
    const url = `${HTTP}/play.mp3${id === "other-name-case" ? suffix + hash : suffix}`;
    const answer = await receive(url, {
      method: "POST",
      body: json,
      headers: {
        "Content-Type": "application/json",
        "X-Twilio-Signature": await sign(PRIMARY, url),
      },
    });
    expect(answer.status).toBe(403);
  });

  it("SIG-body-refused-hash-alone: a right hash needs a right signature", async () => {
    const url = `${HTTP}/play.mp3?bodySHA256=${await sha256(json)}`;
    for (const token of ["", "other"]) {
      const headers: Record<string, string> = { "Content-Type": "application/json" };
      if (token) headers["X-Twilio-Signature"] = await sign(token, url);
      expect((await receive(url, { method: "POST", body: json, headers })).status).toBe(403);
    }
  });
});

describe("a signed body may have 64 KiB", () => {
  it.each([
    ["at-the-limit", 64 * 1024, 200],
    ["past-it", 64 * 1024 + 1, 413],
    ["far-past-it", 1024 * 1024, 413],
  ])("SIG-size-%s", async (_id, size, status) => {
    const value = "x".repeat(size - "Body=".length);
    for (const announced of [true, false]) {
      const bytes = new TextEncoder().encode(`Body=${value}`);
      const chunks = new ReadableStream({
        start(controller) {
          for (let at = 0; at < size; at += 10_000)
            controller.enqueue(bytes.slice(at, at + 10_000));
          controller.close();
        },
      });
      const answer = await receive(`${HTTP}/play.mp3`, {
        method: "POST",
        body: announced ? bytes : chunks,
        headers: {
          "Content-Type": FORM,
          ...(announced && { "Content-Length": String(size) }),
          "X-Twilio-Signature": await sign(PRIMARY, `${HTTP}/play.mp3`, { Body: value }),
        },
      });
      expect([announced, answer.status]).toEqual([announced, status]);
    }
  });

  it("SIG-size-unsigned: without a signature no body is read", async () => {
    const answer = await receive(`${HTTP}/play.mp3`, {
      method: "POST",
      body: "x".repeat(1024 * 1024),
    });
    expect(answer.status).toBe(403);
  });
});
