import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { decodeManifest } from "../../src/contract/manifest.ts";
import { maintain } from "../../src/publish/maintenance.ts";
import { addEnvironment, addService, apiRequest, call, callWith } from "../api/client.ts";
import { addBuild, deploy } from "../api/deployed.ts";
import { addAsset, multipartBody, uploadParts, uploadRequest } from "../api/uploads.ts";
import { storedKeys } from "../stored-keys.ts";
import { storedValue } from "../stored-value.ts";
import { type Death, dyingBindings } from "./faults.ts";

const DAY = 24 * 3600 * 1000;
const TIMES = { undeployed_build_hours: 24, unused_version_hours: 168, deleted_service_hours: 1 };

afterEach(async () => {
  vi.useRealTimers();
  await env.DB.batch([
    env.DB.prepare("DELETE FROM services"),
    env.DB.prepare("DELETE FROM purges"),
    env.DB.prepare("DELETE FROM build_attempts"),
  ]);
});

/** An environment that serves one asset with the text "old". */
async function servingOld(name: string) {
  const service = await addService(name);
  const environment = await addEnvironment(service.sid, { UniqueName: "dev" });
  const build = await addBuild(service.sid, [{ path: "/a.txt", content: "old" }]);
  await deploy(environment.url, build.sid);
  const asset = await addAsset(service.sid, "/b.bin");
  return { service, environment, asset };
}

type Project = Awaited<ReturnType<typeof servingOld>>;

/** Large enough for two parts of an R2 multipart upload. */
const NEW = new Uint8Array(5 * 1024 * 1024 + 1).fill(1);

/** What a client does to publish the new asset, each call with these bindings; stops at an error. */
async function publishNew(project: Project, bindings: Record<string, unknown>): Promise<boolean> {
  const body = multipartBody(uploadParts({ path: "/b.bin", content: NEW }));
  const uploaded = await callWith(bindings, uploadRequest(project.asset.url, body));
  if (uploaded.status !== 201) return false;
  const builds = `/Services/${project.service.sid}/Builds`;
  const form = { AssetVersions: uploaded.body.sid };
  const build = await callWith(bindings, apiRequest("POST", builds, form));
  if (build.status !== 201) return false;
  const status = await callWith(bindings, apiRequest("GET", build.body.links.build_status));
  if (status.body?.status !== "completed") return false;
  const deployments = `${project.environment.url}/Deployments`;
  const deployment = { BuildSid: build.body.sid };
  return (await callWith(bindings, apiRequest("POST", deployments, deployment))).status === 201;
}

/** What a gateway serves now: each path's size, every byte of it there. */
async function served({ environment }: Project): Promise<Record<string, number>> {
  const hostname = environment.domain_name.replace(":8787", "");
  const value = await storedValue(`host:${hostname}`);
  const decoded = decodeManifest(value ?? "", hostname);
  if (!decoded.ok) throw new Error(decoded.detail);
  const sizes: Record<string, number> = {};
  for (const [path, { sid, size }] of decoded.manifest.assets) {
    const object = await env.BYTES.head(`assets/${decoded.manifest.service}/${sid}`);
    expect(object?.size).toBe(size);
    sizes[path] = size;
  }
  return sizes;
}

const OLD_SERVED = { "/a.txt": 3 };
const NEW_SERVED = { "/b.bin": NEW.byteLength };

/** Runs the scheduled job as it runs on these days from now. */
async function passDays(...days: number[]): Promise<void> {
  const now = Date.now();
  vi.useFakeTimers({ now, toFake: ["Date"] });
  for (const day of days) {
    vi.setSystemTime(now + day * DAY);
    expect(Object.values(await maintain(env, () => {}, TIMES))).not.toContain(null);
  }
  vi.useRealTimers();
}

describe("publishing that dies", () => {
  it("is made of these operations", async () => {
    const { bindings, operations } = dyingBindings(Number.POSITIVE_INFINITY, "before");
    const project = await servingOld("steps");
    expect(await publishNew(project, bindings)).toBe(true);
    expect(operations).toEqual([
      "D1.first", // the asset
      "R2.createMultipartUpload",
      "R2 upload.uploadPart",
      "R2 upload.uploadPart",
      "R2 upload.complete",
      "D1.first", // the version's row
      "D1.batch", // the versions of the build
      "D1.batch", // the attempt is counted
      "D1.batch", // the build's row
      "R2.put", // the compiled build
      "D1.run", // completed
      "D1.first", // its status
      "D1.batch", // the deployment
      "D1.batch", // what its functions run with: it has none
      "D1.batch", // what is served
      "R2.get", // the compiled build
      "D1.first", // since when what is served
      "D1.batch", // since when this is
      "KV.put",
      "D1.batch", // what is served still
    ]);
  });

  const deaths: [number, Death][] = Array.from({ length: 20 }, (_, index) => index + 1).flatMap(
    (last): [number, Death][] => [
      [last, "before"],
      [last, "after"],
    ],
  );

  it.each(deaths)(
    "at operation %i, %s it, leaves what was served whole; again it succeeds, and nothing leaks",
    async (last, death) => {
      const project = await servingOld("dies");
      const silenced = vi.spyOn(console, "error").mockImplementation(() => {});
      const { bindings, operations } = dyingBindings(last, death);
      const finished = await publishNew(project, bindings);
      silenced.mockRestore();
      expect([finished, operations.length]).toEqual([false, last]);
      // KV is written at operation 19: what is served before it is the old whole, after it the new.
      const changed = last > 19 || (last === 19 && death === "after");
      expect(await served(project)).toEqual(changed ? NEW_SERVED : OLD_SERVED);

      expect(await publishNew(project, {})).toBe(true);
      expect(await served(project)).toEqual(NEW_SERVED);

      await passDays(2, 9);
      expect(await served(project)).toEqual(NEW_SERVED);
      const { body } = await call("GET", project.environment.url);
      const build = await call("GET", `/Services/${project.service.sid}/Builds/${body.build_sid}`);
      expect(await storedKeys()).toEqual([
        `assets/${project.service.sid}/${build.body.asset_versions[0].sid}`,
        `builds/${project.service.sid}/${body.build_sid}.json`,
      ]);
      await env.BYTES.delete(await storedKeys());
    },
    20_000,
  );

  it("after D1 has the deployment is completed by the scheduled job", async () => {
    const project = await servingOld("repaired");
    const { bindings } = dyingBindings(14, "after");
    vi.spyOn(console, "error").mockImplementation(() => {});
    await publishNew(project, bindings);
    expect(await served(project)).toEqual(OLD_SERVED);
    const run = await maintain(env, () => {}, TIMES);
    expect(run.manifests_written).toBe(1);
    expect(await served(project)).toEqual(NEW_SERVED);
  });

  it("after D1 has the deployment is completed by asking for it again", async () => {
    const project = await servingOld("asked-again");
    const { bindings } = dyingBindings(14, "after");
    vi.spyOn(console, "error").mockImplementation(() => {});
    await publishNew(project, bindings);
    const { body } = await call("GET", project.environment.url);
    const again = await deploy(project.environment.url, body.build_sid);
    expect(again.status).toBe(409);
    expect(await served(project)).toEqual(NEW_SERVED);
  });
});
