import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { accountRecordKey, encodeAccountRecord } from "../../src/contract/account-record.ts";
import { encodeManifest } from "../../src/contract/manifest.ts";
import { factsOf } from "../../src/gateway/exchange.ts";
import { Gateway } from "../../src/gateway/gateway.ts";
import { parseRequestTarget, type RequestTarget } from "../../src/gateway/target.ts";
import { quiet } from "../conformance/quiet.ts";
import { type Parameters, sha256, sign } from "../conformance/sign.ts";
import { storeDeployment } from "../deployment.ts";

quiet();

const TOKEN = "1".repeat(32);
const SECONDARY = "2".repeat(32);
const FORMER = "3".repeat(32);
const ACCOUNT = `AC${"9".repeat(32)}`;
const HOST = "refusal-1234.localhost:8787";
const CUSTOM = "media.example.com";
const FILE = `http://${HOST}/x.xml`;
const FORM = { "Content-Type": "application/x-www-form-urlencoded" };
const JSON_TYPE = { "Content-Type": "application/json" };

beforeAll(async () => {
  const manifest = await storeDeployment(
    "refusal-1234.localhost",
    { "/x.xml": { body: "<Response/>", visibility: "protected" } },
    { account: ACCOUNT },
  );
  const { key, value, metadata } = await encodeManifest({ ...manifest, hostnames: [CUSTOM] });
  await env.MANIFESTS.put(key, value, { metadata });
  await env.MANIFESTS.put(
    accountRecordKey(ACCOUNT),
    await encodeAccountRecord(ACCOUNT, [TOKEN, SECONDARY], env.ENCRYPTION_KEY, [FORMER]),
  );
});

type Sent = { url?: string; body?: string; headers?: Record<string, string> };

/** The status of a request, and what its owner is told of the signature. */
async function refused(signature: string | null, { url = FILE, body, headers = {} }: Sent) {
  const request = new Request(url, {
    method: body === undefined ? "GET" : "POST",
    headers: { ...headers, ...(signature === null ? {} : { "X-Twilio-Signature": signature }) },
    ...(body === undefined ? {} : { body }),
  });
  const gateway = new Gateway({ env, runFunction: () => Promise.reject(new Error("none")) });
  const target = parseRequestTarget(request.url) as RequestTarget;
  const response = await gateway.fetch(request, target, { waitUntil: () => {} });
  const facts = factsOf(response);
  const reason = (await facts?.explain?.()) ?? facts?.reason;
  return { status: response.status, reason, text: await response.text() };
}

type Case = [
  reason: string,
  said: string,
  signed: { url?: string; token?: string; fields?: Parameters },
  sent: Sent,
];

const DIGITS = { Digits: "1", From: "+1555", To: "+1666" };
const DIGITS_FORM = new URLSearchParams(DIGITS).toString();

/** What is signed, and what arrives instead. */
const CASES: Case[] = [
  ["signature-former-token", "GET", { token: FORMER }, {}],
  [
    "signature-former-token",
    "a form",
    { token: FORMER, fields: DIGITS },
    { body: DIGITS_FORM, headers: FORM },
  ],
  [
    "signature-other-scheme",
    "and a token of two",
    { token: SECONDARY },
    { url: `https://${HOST}/x.xml` },
  ],
  ["signature-other-scheme", "http signed", {}, { url: `https://${HOST}/x.xml` }],
  ["signature-other-host", "a custom domain", { url: `http://${CUSTOM}/x.xml` }, {}],
  ["signature-other-host", "a custom domain over TLS", { url: `https://${CUSTOM}/x.xml` }, {}],
  ["signature-without-query", "a query was added", {}, { url: `${FILE}?utm=1` }],
  ["signature-without-query", "two were", {}, { url: `${FILE}?utm=1&x=2` }],
  ["signature-other-query", "one was added", { url: `${FILE}?a=1` }, { url: `${FILE}?a=1&utm=1` }],
  [
    "signature-other-query",
    "their order changed",
    { url: `${FILE}?b=1&a=2` },
    { url: `${FILE}?a=2&b=1` },
  ],
  [
    "signature-parameters-missing",
    "a POST without its body",
    { fields: DIGITS },
    { body: "", headers: FORM },
  ],
  [
    "signature-parameters-missing",
    "a POST turned GET, fields in the query",
    { fields: DIGITS },
    { url: `${FILE}?${DIGITS_FORM}` },
  ],
  [
    "signature-parameters-missing",
    "a form under another type",
    { fields: DIGITS },
    { body: DIGITS_FORM, headers: { "Content-Type": "text/plain" } },
  ],
  [
    "signature-parameters-added",
    "fields came, none was signed",
    {},
    { body: DIGITS_FORM, headers: FORM },
  ],
  [
    "signature-parameters-added",
    "one more came",
    { fields: DIGITS },
    { body: `${DIGITS_FORM}&More=1`, headers: FORM },
  ],
  ["signature-invalid", "another token", { token: "4".repeat(32) }, {}],
  ["signature-invalid", "another path", { url: `http://${HOST}/y.xml` }, {}],
  [
    "signature-invalid",
    "a changed field",
    { fields: DIGITS },
    { body: DIGITS_FORM.replace("Digits=1", "Digits=2"), headers: FORM },
  ],
];

describe("why a signature was refused", () => {
  it.each(CASES)("%s: %s", async (reason, _, { url = FILE, token = TOKEN, fields }, sent) => {
    const refusal = await refused(await sign(token, url, fields), sent);
    expect([refusal.status, refusal.reason]).toEqual([403, reason]);
  });

  it.each([
    ["signature-missing", null],
    ["signature-malformed", "hello"],
    ["signature-malformed", "AAAA"],
    ["signature-malformed", `${"A".repeat(28)}AAA=`],
  ])("%s: %s", async (reason, signature) => {
    const refusal = await refused(signature, {});
    expect([refusal.status, refusal.reason]).toEqual([403, reason]);
  });

  it("signature-body-changed: JSON that was formatted anew", async () => {
    const url = `${FILE}?bodySHA256=${await sha256('{"a":1}')}`;
    const signature = await sign(SECONDARY, url);
    const sent = { url, body: '{ "a": 1 }', headers: JSON_TYPE };
    expect(await refused(signature, sent)).toMatchObject({ reason: "signature-body-changed" });
    const whole = await refused(signature, { ...sent, body: '{"a":1}' });
    expect([whole.status, whole.reason]).toEqual([200, undefined]);
  });

  it("is said to the caller in no case", async () => {
    const bodies = new Set<string>();
    for (const [, , { url = FILE, token = TOKEN, fields }, sent] of CASES) {
      const { text } = await refused(await sign(token, url, fields), sent);
      bodies.add(text.replace(/Request: .*/, ""));
    }
    expect([...bodies]).toEqual([
      "403 Forbidden\nThis is protected: it is served to requests with a valid X-Twilio-Signature.\n\n",
    ]);
  });
});
