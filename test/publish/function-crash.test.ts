import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { decodeEnvironmentRecord } from "../../src/contract/environment-record.ts";
import { decodeManifest } from "../../src/contract/manifest.ts";
import { decodePackage } from "../../src/contract/package-format.ts";
import { maintain } from "../../src/publish/maintenance.ts";
import { addEnvironment, addService, apiRequest, call, callWith } from "../api/client.ts";
import { addFunction, multipartBody, uploadParts, uploadRequest } from "../api/uploads.ts";
import { storedValue } from "../stored-value.ts";
import { type Death, dyingBindings } from "./faults.ts";

const HELLO = "exports.handler = (context, event, callback) => callback(null, 'hello');";
const TIMES = { undeployed_build_hours: 24, unused_version_hours: 168, deleted_service_hours: 1 };

/** More than publishing takes. */
const MOST = 40;

afterEach(async () => {
  vi.restoreAllMocks();
  await env.DB.prepare("DELETE FROM services").run();
});

async function project(name: string) {
  const service = await addService(name);
  const environment = await addEnvironment(service.sid, { UniqueName: "dev" });
  await call("POST", environment.links.variables, { Key: "A", Value: "1" });
  return { service, environment, fn: await addFunction(service.sid, "/hello") };
}

type Project = Awaited<ReturnType<typeof project>>;

/** What a client does to publish a function, each call with these bindings; stops at an error. */
async function publish({ service, environment, fn }: Project, bindings: Record<string, unknown>) {
  const body = multipartBody(uploadParts({ path: "/hello", content: HELLO }));
  const uploaded = await callWith(bindings, uploadRequest(fn.url, body));
  if (uploaded.status !== 201) return false;
  const form = { FunctionVersions: uploaded.body.sid };
  const build = await callWith(bindings, apiRequest("POST", service.links.builds, form));
  if (build.status !== 201) return false;
  const deployment = { BuildSid: build.body.sid };
  const deployments = environment.links.deployments;
  return (await callWith(bindings, apiRequest("POST", deployments, deployment))).status === 201;
}

/** Whether the function is served; then all that a call of it needs must be there. */
async function served({ environment, service }: Project): Promise<boolean> {
  const hostname = environment.domain_name.replace(":8787", "");
  const value = await storedValue(`host:${hostname}`);
  if (value === null) return false;
  const decoded = decodeManifest(value, hostname);
  if (!decoded.ok) throw new Error(decoded.detail);
  expect([...decoded.manifest.functions.keys()]).toEqual(["/hello"]);
  const object = await env.BYTES.get(`builds/${service.sid}/${decoded.manifest.build}`);
  const laid = decodePackage(new Uint8Array((await object?.arrayBuffer()) as ArrayBuffer));
  if (!laid.ok) throw new Error(laid.detail);
  for (const { sha256 } of laid.package.libraries) {
    expect(await env.BYTES.head(`libraries/${sha256}`)).not.toBeNull();
  }
  const record = await storedValue(`environment:${environment.sid}`);
  expect(await decodeEnvironmentRecord(record ?? "", environment.sid, env.ENCRYPTION_KEY)).toEqual({
    variables: { A: "1" },
    includeCredentials: true,
  });
  return true;
}

describe("publishing functions that dies", () => {
  it.each(["before", "after"] as Death[])(
    "%s any of its operations serves them whole or not at all, and the scheduled job mends it",
    { timeout: 120_000 },
    async (death) => {
      vi.spyOn(console, "error").mockImplementation(() => {});
      const outcomes: boolean[] = [];
      for (let last = 1; last <= MOST; last++) {
        const one = await project(`dies-${death}-${last}`);
        const { bindings } = dyingBindings(last, death);
        const finished = await publish(one, bindings);
        outcomes.push(await served(one));
        if (finished) break;
        await maintain(env, () => {}, TIMES);
        const { body } = await call("GET", one.environment.url);
        expect(await served(one)).toBe(body.build_sid !== null);
        expect(await publish(one, {})).toBe(true);
        expect(await served(one)).toBe(true);
        await call("DELETE", one.service.url);
      }
      expect(outcomes.length).toBeLessThan(MOST);
      expect(outcomes.length).toBeGreaterThan(15);
      expect(outcomes.slice(0, 10)).not.toContain(true);
      expect(outcomes.at(-1)).toBe(true);
    },
  );
});
