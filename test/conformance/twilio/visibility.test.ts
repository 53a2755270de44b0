import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { accountRecordKey, encodeAccountRecord } from "../../../src/contract/account-record.ts";
import { assetKey } from "../../../src/contract/manifest.ts";
import { deploy, testSid } from "../../deployment.ts";
import { type Answer, lastingFields, receive } from "../client.ts";
import { quiet } from "../quiet.ts";
import { sign } from "../sign.ts";

/** docs/architecture.md "Why so", contract 6.1: who may learn what of an asset. */

quiet();

const HOST = "visibility-4001.localhost";
const ORIGIN = `http://${HOST}:8787`;
const EMPTY_HOST = "visibility-4002.localhost";
const OWNER = `AC${"4".repeat(32)}`;
const STRANGER = `AC${"5".repeat(32)}`;
const NOBODY = `AC${"6".repeat(32)}`;

beforeAll(async () => {
  for (const [account, token] of [
    [OWNER, "owner's token"],
    [STRANGER, "stranger's token"],
  ] as const) {
    await env.MANIFESTS.put(
      accountRecordKey(account),
      await encodeAccountRecord(account, [token], env.ENCRYPTION_KEY),
    );
  }
  const { service } = await deploy(
    HOST,
    {
      "/public.txt": { body: "public canary" },
      "/protected.txt": { body: "protected canary", visibility: "protected" },
      "/other-protected.txt": { body: "protected canary 2", visibility: "protected" },
    },
    { account: OWNER },
  );
  // What a private asset is to the gateway: bytes in R2 that no manifest names.
  await env.BYTES.put(assetKey(service, testSid("ZN")), "private canary");
  await deploy(EMPTY_HOST, {}, { account: OWNER });
  await deploy(
    "visibility-4003.localhost",
    { "/protected.txt": { body: "protected canary", visibility: "protected" } },
    { account: NOBODY },
  );
});

/** All of an answer but what is another at every request. */
function everything({ status, headers, body }: Answer): object {
  const requestId = headers.get("x-request-id") as string;
  return { status, fields: lastingFields(headers), body: body.replaceAll(requestId, "<id>") };
}

const METHODS = ["GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE"];
const FIELDS: [string, Record<string, string>][] = [
  ["nothing", {}],
  ["If-None-Match", { "If-None-Match": "*" }],
  ["If-Match", { "If-Match": "*" }],
  ["Range", { Range: "bytes=0-1" }],
  ["Range past any end", { Range: "bytes=99999999-" }],
  ["a signature of the wrong form", { "X-Twilio-Signature": "x" }],
  ["a signature of the right form", { "X-Twilio-Signature": `${"A".repeat(27)}=` }],
  ["Origin", { Origin: "https://app.example" }],
  ["the operator's credentials", { Authorization: `Basic ${btoa("AC1:0123456789abcdef")}` }],
];

describe("a private asset, an absent one and one that never was are one answer", () => {
  it.each(METHODS)("VIS-private-%s", async (method) => {
    for (const [what, headers] of FIELDS) {
      const absent = everything(await receive(`${ORIGIN}/never-was.txt`, { method, headers }));
      expect([what, absent]).toMatchObject([what, { status: 404 }]);
      for (const url of [
        `${ORIGIN}/private.txt`,
        `${ORIGIN}/private.private.txt`,
        `http://${EMPTY_HOST}:8787/private.txt`,
        "http://visibility-4099-no-deployment.localhost:8787/private.txt",
      ]) {
        expect([url, what, everything(await receive(url, { method, headers }))]).toEqual([
          url,
          what,
          absent,
        ]);
      }
    }
  });

  it("VIS-private-signed: the owner's signature opens nothing private", async () => {
    const url = `${ORIGIN}/private.txt`;
    const headers = { "X-Twilio-Signature": await sign("owner's token", url) };
    const absent = await receive(`${ORIGIN}/never-was.txt`, { headers });
    expect(everything(await receive(url, { headers }))).toEqual(everything(absent));
  });
});

describe("a protected asset refuses with one answer", () => {
  const url = `${ORIGIN}/protected.txt`;

  it.each(["GET", "HEAD", "POST"])("VIS-protected-%s", async (method) => {
    const signatures: [string, string | null][] = [
      ["none", null],
      ["empty", ""],
      ["a word", "x"],
      ["not base64", "#".repeat(28)],
      ["too short", "AAAA"],
      ["too long", "A".repeat(8_000)],
      ["right form", `${"A".repeat(27)}=`],
      ["two", `${"A".repeat(27)}=, ${"A".repeat(27)}=`],
      ["a stranger's", await sign("stranger's token", url)],
      ["of a wrong token", await sign("wrong", url)],
      ["of the account SID", await sign(OWNER, url)],
      ["of another path", await sign("owner's token", `${ORIGIN}/other-protected.txt`)],
      ["of another query", await sign("owner's token", `${url}?a=b`)],
      ["of another host", await sign("owner's token", `http://${EMPTY_HOST}:8787/protected.txt`)],
      ["of another port", await sign("owner's token", url.replace("8787", "8788"))],
      ["of parameters not sent", await sign("owner's token", url, { Digits: "1" })],
      ["of the path alone", await sign("owner's token", "/protected.txt")],
    ];
    const answers = new Map<string, object>();
    for (const [what, signature] of signatures) {
      const headers = signature === null ? {} : { "X-Twilio-Signature": signature };
      answers.set(what, everything(await receive(url, { method, headers })));
    }
    const first = answers.get("none");
    expect(first).toMatchObject({ status: 403 });
    for (const [what, answer] of answers) expect([what, answer]).toEqual([what, first]);
  });

  it.each([
    ["an account without a record", "visibility-4003.localhost"],
    ["an account with one", HOST],
  ])("VIS-protected-account: %s says the same", async (_what, host) => {
    const target = `http://${host}:8787/protected.txt`;
    const first = everything(await receive(url));
    for (const token of ["owner's token", "stranger's token", "0123456789abcdef0123456789abcdef"]) {
      if (host === HOST && token === "owner's token") continue;
      const headers = { "X-Twilio-Signature": await sign(token, target) };
      expect(everything(await receive(target, { headers }))).toEqual(first);
    }
  });

  it.each([
    ["If-None-Match", { "If-None-Match": "*" }],
    ["If-Match", { "If-Match": '"other"' }],
    ["If-Modified-Since", { "If-Modified-Since": new Date().toUTCString() }],
    ["Range", { Range: "bytes=0-1" }],
    ["Range past the end", { Range: "bytes=99999999-" }],
  ])("VIS-protected-oracle: %s tells nothing of it", async (_what, headers) => {
    const plain = everything(await receive(url));
    expect(everything(await receive(url, { headers: headers as Record<string, string> }))).toEqual(
      plain,
    );
  });

  it("VIS-protected-hot: bytes that are in memory are not served without a signature", async () => {
    const headers = { "X-Twilio-Signature": await sign("owner's token", url) };
    for (let round = 0; round < 3; round++) {
      expect(await receive(url, { headers })).toMatchObject({
        status: 200,
        body: "protected canary",
      });
      expect((await receive(url)).status).toBe(403);
    }
  });
});

describe("a public asset asks for nothing", () => {
  it.each([
    ["no signature", {}],
    ["an invalid signature", { "X-Twilio-Signature": "x" }],
    ["a stranger's credentials", { Authorization: "Basic Og==" }],
  ])("VIS-public: %s", async (_what, headers) => {
    const answer = await receive(`${ORIGIN}/public.txt`, {
      headers: headers as Record<string, string>,
    });
    expect(answer).toMatchObject({ status: 200, body: "public canary" });
  });
});
