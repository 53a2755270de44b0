import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { accountRecordKey, encodeAccountRecord } from "../../../src/contract/account-record.ts";
import { isValidSignature } from "../../../src/gateway/signature.ts";
import { deploy } from "../../deployment.ts";
import { receive } from "../client.ts";
import vectors from "../data/signature-vectors.json";
import { quiet } from "../quiet.ts";
import { type Parameters, sha256, sign } from "../sign.ts";

/** Contract section 3: the cases of two of Twilio's own libraries' test suites. */

quiet();

const FORM = "application/x-www-form-urlencoded";

/** Two accounts stand behind the vectors, each the owner of a custom domain. */
const TENANTS = [
  { account: `AC${"1".repeat(32)}`, token: "12345", host: "mycompany.com", path: "/myapp.php" },
  { account: `AC${"2".repeat(32)}`, token: "s3cr3t", host: "example.com", path: "/path" },
];

beforeAll(async () => {
  for (const { account, token, host, path } of TENANTS) {
    const record = await encodeAccountRecord(account, [token], env.ENCRYPTION_KEY);
    await env.MANIFESTS.put(accountRecordKey(account), record);
    await deploy(host, { [path]: { body: "the asset", visibility: "protected" } }, { account });
  }
});

type Vector = {
  name: string;
  authToken: string;
  url: string | null;
  method: string;
  params?: Parameters;
  body?: string;
  bodySHA256?: string;
  rawBody?: string;
  signature: string | null;
  expected: boolean;
  kind?: string;
};

const all = vectors as unknown as Vector[];
const signed = all.filter((vector) => vector.url !== null);
const hashes = all.filter((vector) => vector.kind === "body-hash-only");

function contentOf(vector: Vector): { body: string; contentType: string } {
  if (vector.rawBody !== undefined) return { body: vector.rawBody, contentType: FORM };
  if (vector.body !== undefined) return { body: vector.body, contentType: "application/json" };
  const form = new URLSearchParams();
  for (const [name, values] of Object.entries(vector.params ?? {})) {
    for (const value of [values].flat()) form.append(name, value);
  }
  return { body: form.toString(), contentType: FORM };
}

it("SIG-vectors: none is left out", () => {
  expect([all.length, signed.length, hashes.length]).toEqual([48, 45, 3]);
});

describe("contract 3: isValidSignature", () => {
  it.each(signed.map((vector, index) => [index, vector.name, vector] as const))(
    "SIG-vector-%i: %s",
    async (_index, _name, vector) => {
      const { body, contentType } = contentOf(vector);
      const url = vector.url as string;
      const valid = await isValidSignature(vector.signature, [vector.authToken], {
        url,
        host: new URL(url).host,
        contentType,
        body: new TextEncoder().encode(body),
      });
      expect(valid).toBe(vector.expected);
    },
  );
});

describe("contract 3: a protected asset", () => {
  it.each(signed.map((vector, index) => [index, vector.name, vector] as const))(
    "SIG-vector-%i: %s",
    async (_index, _name, vector) => {
      const { body, contentType } = contentOf(vector);
      // Credentials in a URL are never sent: what was signed with them cannot be rebuilt.
      const sent = (vector.url as string).replace(/\/\/[^/@]*@/, "//");
      const withCredentials = sent !== vector.url;
      const answer = await receive(sent, {
        method: vector.method,
        body,
        headers: {
          "Content-Type": contentType,
          ...(vector.signature !== null && { "X-Twilio-Signature": vector.signature }),
        },
      });
      const served = vector.expected && !withCredentials;
      expect(answer.status).toBe(served ? 200 : 403);
      expect(answer.body === "the asset").toBe(served);
    },
  );

  it.each(hashes.map((vector, index) => [index, vector.name, vector] as const))(
    "SIG-hash-vector-%i: %s",
    async (_index, _name, vector) => {
      const url = `https://mycompany.com/myapp.php?bodySHA256=${vector.bodySHA256}`;
      const answer = await receive(url, {
        method: "POST",
        body: vector.body as string,
        headers: {
          "Content-Type": "application/json",
          "X-Twilio-Signature": await sign("12345", url),
        },
      });
      expect(answer.status).toBe(vector.expected ? 200 : 403);
      expect((await sha256(vector.body as string)) === vector.bodySHA256).toBe(vector.expected);
    },
  );
});
