import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import {
  encodeEnvironmentRecord,
  environmentRecordKey,
} from "../../src/contract/environment-record.ts";
import { encodeManifest, type Manifest } from "../../src/contract/manifest.ts";
import type { AdmittedCall } from "../../src/gateway/functions.ts";
import { Gateway } from "../../src/gateway/gateway.ts";
import { parseRequestTarget, type RequestTarget } from "../../src/gateway/target.ts";
import { OPERATOR, storeDeployment, testSid } from "../deployment.ts";

const HOST = "functions-1234.localhost";
const URL_OF = `http://${HOST}:8787`;
let manifest: Manifest;

beforeAll(async () => {
  manifest = await deployFunctions(HOST);
  const record = { variables: { GREETING: "Ahoy" }, includeCredentials: true };
  await env.MANIFESTS.put(
    environmentRecordKey(manifest.environment),
    await encodeEnvironmentRecord(manifest.environment, record, env.ENCRYPTION_KEY),
  );
  await deployFunctions("recordless-1234.localhost");
});

beforeEach(() => {
  vi.spyOn(console, "warn").mockReturnValue();
  vi.spyOn(console, "error").mockReturnValue();
});
afterEach(() => vi.restoreAllMocks());

async function deployFunctions(hostname: string): Promise<Manifest> {
  const stored = await storeDeployment(hostname, { "/asset.txt": { body: "asset" } });
  stored.functions.set("/open", { sid: testSid("ZH"), visibility: "public", flavour: "light" });
  stored.functions.set("/guarded", { sid: testSid("ZH"), visibility: "protected", flavour: "sdk" });
  const { key, value, metadata } = await encodeManifest(stored);
  await env.MANIFESTS.put(key, value, { metadata });
  return stored;
}

/** Asks a gateway whose functions answer their own name. */
async function call(url: string, init?: RequestInit) {
  const calls: AdmittedCall[] = [];
  const gateway = new Gateway({
    env,
    runFunction: async (admitted) => {
      calls.push(admitted);
      return new Response(`ran ${admitted.path}`);
    },
  });
  const request = new Request(url, init);
  const ctx = createExecutionContext();
  const target = parseRequestTarget(request.url) as RequestTarget;
  const response = await gateway.fetch(request, target, ctx);
  const text = await response.text();
  await waitOnExecutionContext(ctx);
  return { status: response.status, headers: response.headers, text, calls };
}

async function signature(message: string): Promise<string> {
  const key = await crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(env.TWILIO_AUTH_TOKEN),
    { name: "HMAC", hash: "SHA-1" },
    false,
    ["sign"],
  );
  const bytes = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(message));
  return new Uint8Array(bytes).toBase64();
}

describe("a request for a function", () => {
  it.each([
    ["GET", "/open", {}, 200],
    ["POST", "/open", { body: "a=b" }, 200],
    ["OPTIONS", "/open", {}, 204],
    ["HEAD", "/open", {}, 405],
    ["PUT", "/open", { body: "a=b" }, 405],
    ["DELETE", "/open", {}, 405],
    ["GET", "/guarded", {}, 403],
    ["POST", "/guarded", { headers: { "X-Twilio-Signature": `${"A".repeat(27)}=` } }, 403],
    ["OPTIONS", "/guarded", {}, 204],
    ["GET", "/open/", {}, 404],
    ["GET", "/private", {}, 404],
    ["GET", "/asset.txt", {}, 200],
  ] as [string, string, RequestInit, number][])(
    "%s %s %j is %i",
    async (method, path, init, status) => {
      const answer = await call(URL_OF + path, { method, ...init });
      expect(answer.status).toBe(status);
      expect(answer.calls.length).toBe(status === 200 && path === "/open" ? 1 : 0);
      if (status === 405) expect(answer.headers.get("allow")).toBe("GET, POST, OPTIONS");
    },
  );

  it("carries what the environment and its account have", async () => {
    const { calls, text } = await call(`${URL_OF}/open?a=1`, { method: "POST", body: "b=2" });
    expect(text).toBe("ran /open");
    const [admitted] = calls;
    expect(admitted?.variables).toEqual({ GREETING: "Ahoy" });
    expect(admitted?.credentials).toEqual({
      accountSid: OPERATOR,
      authToken: env.TWILIO_AUTH_TOKEN,
    });
    expect(new TextDecoder().decode(admitted?.body as Uint8Array)).toBe("b=2");
  });

  it("that is protected runs with a signature over URL and form", async () => {
    const { status, calls } = await call(`${URL_OF}/guarded?x=1`, {
      method: "POST",
      headers: {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Twilio-Signature": await signature(`${URL_OF}/guarded?x=1From+15550100`),
      },
      body: "From=%2B15550100",
    });
    expect([status, calls.length]).toEqual([200, 1]);
  });

  it("may have a body of 6 MB and not one byte more", async () => {
    const body = new Uint8Array(6 * 1024 * 1024 + 1);
    const most = await call(`${URL_OF}/open`, { method: "POST", body: body.subarray(1) });
    expect([most.status, most.calls[0]?.body?.byteLength]).toEqual([200, 6 * 1024 * 1024]);
    const over = await call(`${URL_OF}/open`, { method: "POST", body });
    expect([over.status, over.calls.length]).toEqual([413, 0]);
  });

  it("whose environment cannot be read is 503, and runs nothing", async () => {
    const { status, calls, headers } = await call("http://recordless-1234.localhost:8787/open");
    expect([status, calls.length, headers.get("retry-after")]).toEqual([503, 0, "5"]);
  });
});
