import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import {
  encodeEnvironmentRecord,
  environmentRecordKey,
} from "../../src/contract/environment-record.ts";
import type { Dependency } from "../../src/contract/lock.ts";
import { encodeManifest } from "../../src/contract/manifest.ts";
import { makeFunctions } from "../../src/publish/make-functions.ts";
import { quiet } from "../conformance/quiet.ts";
import { sign } from "../conformance/sign.ts";
import { storeDeployment, testSid } from "../deployment.ts";
import { observedGateway } from "../gateway/observed-gateway.ts";
import { orderOf, stepStorage } from "./harness.ts";

/** What a request to a deployment with functions asks of KV, R2, D1, the Cache API and the loader. */

quiet();

/** As a new isolate has it: it keeps no instance of what tests before this one deployed. */
const serveFunction: typeof import("../../src/functions/run/serve.ts").serveFunction = async (
  ...call
) => {
  served ??= import("../../src/functions/run/serve.ts");
  return (await served).serveFunction(...call);
};
let served: Promise<typeof import("../../src/functions/run/serve.ts")> | undefined;
beforeAll(() => {
  vi.resetModules();
});

const FUNCTIONS = {
  "light.js": "exports.handler = (context, event, callback) => callback(null, 'light');",
  "other.js": "exports.handler = (context, event, callback) => callback(null, 'other');",
  "guarded.protected.js": "exports.handler = (c, e, callback) => callback(null, 'guarded');",
  "sdk.js":
    "const { validateRequest } = require('twilio');" +
    "exports.handler = (c, e, callback) => callback(null, typeof validateRequest);",
};

const KV = "kv.getWithMetadata";
const R2 = "bucket.get";

/** Another deployment at each call: no dynamic Worker of it has been started. */
async function deployFunctions(dependencies: Dependency[] = []): Promise<string> {
  const hostname = `operations-${testSid("")}.localhost`;
  const order = await orderOf({ functions: FUNCTIONS, dependencies });
  const owner = { service: order.serviceSid };
  const manifest = await storeDeployment(hostname, { "/asset.txt": { body: "asset" } }, owner);
  const made = await makeFunctions(env, stepStorage(), order, 0);
  if (!made.ok) throw new Error(JSON.stringify(made.errors));
  const { functions } = made.value;
  const deployed = { ...manifest, build: order.buildSid, functions };
  const { key, value, metadata } = await encodeManifest(deployed);
  await env.MANIFESTS.put(key, value, { metadata });
  const record = { variables: { GREETING: "Ahoy" }, includeCredentials: true };
  await env.MANIFESTS.put(
    environmentRecordKey(manifest.environment),
    await encodeEnvironmentRecord(manifest.environment, record, env.ENCRYPTION_KEY),
  );
  return `http://${hostname}:8787`;
}

describe("the first request of an isolate", () => {
  it.each([
    ["a function with TwiML alone", "/light", {}, 200, [KV, KV, "loader.get", R2, R2]],
    ["a function with the SDK", "/sdk", {}, 200, [KV, KV, "loader.get", R2, R2, R2]],
    ["an unsigned protected function", "/guarded", {}, 403, [KV]],
    ["a preflight of a function", "/light", { method: "OPTIONS" }, 204, [KV]],
    ["a method no function has", "/light", { method: "PUT" }, 405, [KV]],
    ["a path that is missing", "/missing", {}, 404, [KV]],
    ["an asset beside functions", "/asset.txt", {}, 200, [KV, "cache.match", R2, "cache.put"]],
  ] as [string, string, RequestInit, number, string[]][])(
    "%s",
    async (_, path, init, status, expected) => {
      const origin = await deployFunctions();
      const { request, journal } = observedGateway(serveFunction);
      const answer = await request(origin + path, init);
      expect([answer.status, journal.take()]).toEqual([status, expected]);
    },
  );
});

describe("a request to a warm isolate", () => {
  let origin = "";
  const { request, journal } = observedGateway(serveFunction);

  beforeAll(async () => {
    origin = await deployFunctions();
    for (const path of ["/light", "/sdk", "/asset.txt"]) {
      expect((await request(origin + path)).status).toBe(200);
    }
    journal.take();
  });

  it.each([
    ["a function", "/light", {}, 200, ["loader.get"]],
    ["a function with the SDK", "/sdk", {}, 200, ["loader.get"]],
    ["another function of the same Worker", "/other", {}, 200, ["loader.get"]],
    ["a POST", "/light", { method: "POST", body: "a=b" }, 200, ["loader.get"]],
    ["an unsigned protected function", "/guarded", {}, 403, []],
    ["a preflight of a function", "/light", { method: "OPTIONS" }, 204, []],
    ["a method no function has", "/light", { method: "PUT" }, 405, []],
    ["an asset beside functions", "/asset.txt", {}, 200, []],
  ] as [string, string, RequestInit, number, string[]][])(
    "%s",
    async (_, path, init, status, expected) => {
      const answer = await request(origin + path, init);
      expect([answer.status, journal.take()]).toEqual([status, expected]);
    },
  );

  it("a signed protected function", async () => {
    const url = `${origin}/guarded`;
    const headers = { "X-Twilio-Signature": await sign(env.TWILIO_AUTH_TOKEN, url) };
    const answer = await request(url, { headers });
    expect([answer.status, journal.take()]).toEqual([200, ["loader.get"]]);
  });
});
