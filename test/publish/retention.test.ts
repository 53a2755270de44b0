import { applyD1Migrations, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { maintain } from "../../src/publish/maintenance.ts";
import { addService, call } from "../api/client.ts";
import { addBuild, addProject, deploy } from "../api/deployed.ts";
import { addAsset, addVersion, upload } from "../api/uploads.ts";
import { storedKeys } from "../stored-keys.ts";

const HOUR = 3600 * 1000;
const TIMES = { undeployed_build_hours: 24, unused_version_hours: 168, deleted_service_hours: 1 };

beforeEach(async () => {
  await reset();
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
});
afterEach(() => vi.useRealTimers());

/** Runs the scheduled job as it would run `hours` from now. */
async function later(hours: number, times = TIMES, bindings: Partial<Env> = {}) {
  vi.useFakeTimers({ now: Date.now() + hours * HOUR, toFake: ["Date"] });
  const run = await maintain({ ...env, ...bindings }, () => {}, times);
  vi.useRealTimers();
  return run;
}

async function status(url: string): Promise<number> {
  return (await call("GET", url)).status;
}

describe("a build without an active deployment", () => {
  it("is deleted 24 hours after it was made, with its compiled form", async () => {
    const { service, build } = await addProject("never-deployed");
    expect(await later(23.9)).toMatchObject({ builds_expired: 0 });
    expect(await status(build.url)).toBe(200);
    expect(await later(24.1)).toMatchObject({ builds_expired: 1 });
    expect(await status(build.url)).toBe(404);
    expect(await storedKeys()).toEqual([`assets/${service.sid}/${build.asset_versions[0].sid}`]);
  });

  it("is deleted 24 hours after another one replaced it", async () => {
    const { service, environment, build } = await addProject("replaced");
    await deploy(environment.url, build.sid);
    await env.DB.prepare("UPDATE builds SET date_created = '2020-01-01T00:00:00Z'").run();
    expect(await later(1000)).toMatchObject({ builds_expired: 0 });
    const newer = await addBuild(service.sid, [{ path: "/new" }]);
    await deploy(environment.url, newer.sid);
    expect(await later(23.9)).toMatchObject({ builds_expired: 0 });
    expect(await later(24.1)).toMatchObject({ builds_expired: 1 });
    expect([await status(build.url), await status(newer.url)]).toEqual([404, 200]);
  });

  it("is deleted 24 hours after its environment was", async () => {
    const { environment, build } = await addProject("environment-gone");
    await deploy(environment.url, build.sid);
    await env.DB.prepare("UPDATE builds SET date_created = '2020-01-01T00:00:00Z'").run();
    await call("DELETE", environment.url);
    expect(await later(23.9)).toMatchObject({ builds_expired: 0 });
    expect(await later(24.1)).toMatchObject({ builds_expired: 1 });
  });

  it("can be deployed again as long as it is there", async () => {
    const { service, environment, build } = await addProject("rolled-back");
    const newer = await addBuild(service.sid, [{ path: "/new" }]);
    for (const { sid } of [build, newer, build]) await deploy(environment.url, sid);
    expect(await later(1000)).toMatchObject({ builds_expired: 1 });
    expect([await status(build.url), await status(newer.url)]).toEqual([200, 404]);
  });

  it("is kept as long as the owner says", async () => {
    await addProject("kept-longer");
    const times = { ...TIMES, undeployed_build_hours: 1000 };
    expect(await later(999, times)).toMatchObject({ builds_expired: 0 });
    expect(await later(1001, times)).toMatchObject({ builds_expired: 1 });
  });

  it("is kept an hour even where the owner says none", async () => {
    await addProject("kept-an-hour");
    const times = { ...TIMES, undeployed_build_hours: 0 };
    expect(await later(0.9, times)).toMatchObject({ builds_expired: 0 });
    expect(await later(1.1, times)).toMatchObject({ builds_expired: 1 });
  });
});

describe("a version in no build", () => {
  it("is deleted after 7 days, with its bytes and its asset", async () => {
    const service = await addService("never-built");
    const version = await addVersion(service.sid, {});
    expect(await later(167)).toMatchObject({ versions_expired: 0, resources_expired: 0 });
    expect(await status(version.url)).toBe(200);
    expect(await later(169)).toMatchObject({ versions_expired: 1, resources_expired: 1 });
    expect(await status(version.url)).toBe(404);
    expect(await status(`/Services/${service.sid}/Assets/${version.asset_sid}`)).toBe(404);
    expect(await storedKeys()).toEqual([]);
  });

  it("is deleted 7 days after the last build of it, not of its upload", async () => {
    const { build } = await addProject("unbuilt");
    await env.DB.prepare("UPDATE versions SET date_created = '2020-01-01T00:00:00Z'").run();
    expect(await later(1)).toMatchObject({ versions_expired: 0 });
    await call("DELETE", build.url);
    expect(await later(167)).toMatchObject({ versions_expired: 0 });
    expect(await later(169)).toMatchObject({ versions_expired: 1 });
  });

  it("goes alone where its asset has another", async () => {
    const { service, build } = await addProject("one-of-two");
    const asset = `/Services/${service.sid}/Assets/${build.asset_versions[0].asset_sid}`;
    const unused = await upload(asset, {});
    const environment = await call("GET", `/Services/${service.sid}/Environments`);
    await deploy(environment.body.environments[0].url, build.sid);
    expect(await later(169)).toMatchObject({ versions_expired: 1, resources_expired: 0 });
    expect(await status(unused.body.url)).toBe(404);
    expect((await call("GET", `${asset}/Versions`)).body.asset_versions).toHaveLength(1);
  });
});

describe("an asset", () => {
  it("without a version is deleted after 7 days", async () => {
    const service = await addService("empty-asset");
    const asset = await addAsset(service.sid);
    await later(167);
    expect(await status(asset.url)).toBe(200);
    await later(169);
    expect(await status(asset.url)).toBe(404);
  });

  it("that was deleted keeps what a deployment serves, and goes after it", async () => {
    const { service, environment, build } = await addProject("deleted-asset");
    await deploy(environment.url, build.sid);
    const version = build.asset_versions[0];
    await call("DELETE", `/Services/${service.sid}/Assets/${version.asset_sid}`);
    await later(1000);
    expect(await storedKeys()).toContain(`assets/${service.sid}/${version.sid}`);
    await deploy(environment.url);
    await later(25);
    await later(25 + 169);
    expect(await storedKeys()).toEqual([]);
    expect(await env.DB.prepare("SELECT count(*) AS n FROM resources").first("n")).toBe(0);
  });
});

describe("a deleted service", () => {
  it("leaves its bytes for an hour, for gateways that still serve it, and then nothing", async () => {
    const kept = await addProject("kept-service");
    await deploy(kept.environment.url, kept.build.sid);
    const { service, environment, build } = await addProject("purged");
    await deploy(environment.url, build.sid);
    const before = await storedKeys();
    // Old objects without a row: only the purge knows that they are not orphans yet.
    await call("DELETE", service.url);
    expect(await later(0.9)).toMatchObject({ services_purged: 0, asset_objects_swept: 0 });
    const times = { ...TIMES, deleted_service_hours: 1000 };
    expect(await later(30, times)).toMatchObject({
      services_purged: 0,
      asset_objects_swept: 0,
      build_objects_swept: 0,
    });
    expect(await storedKeys()).toEqual(before);
    expect(await later(1.1)).toMatchObject({ services_purged: 1 });
    expect(await storedKeys()).toEqual(before.filter((key) => key.includes(kept.service.sid)));
    expect(await env.DB.prepare("SELECT count(*) AS n FROM purges").first("n")).toBe(0);
  });
});

describe("bytes that no row names", () => {
  it("are deleted when they are a day old", async () => {
    const { service, environment, build } = await addProject("orphans");
    await deploy(environment.url, build.sid);
    const rightful = await storedKeys();
    const orphans = [
      `assets/${service.sid}/ZN00000000000000000000000000000000`,
      `builds/${service.sid}/ZB00000000000000000000000000000000.json`,
      "assets/ZS00000000000000000000000000000000/ZN00000000000000000000000000000000",
    ];
    for (const key of orphans) await env.BYTES.put(key, "orphan");
    expect(await later(23)).toMatchObject({ asset_objects_swept: 0, build_objects_swept: 0 });
    expect(await later(25)).toMatchObject({ asset_objects_swept: 2, build_objects_swept: 1 });
    expect(await storedKeys()).toEqual(rightful);
  });

  it("are found a stretch at a time, from the end to the beginning again", async () => {
    const BYTES = new Proxy(env.BYTES, {
      get: (target, name) =>
        name === "list"
          ? (options: R2ListOptions) => target.list({ ...options, limit: 2 })
          : Reflect.get(target, name).bind(target),
    });
    const orphans = [1, 2, 3, 4, 5].map((digit) => `assets/ZS0/ZN${digit}`);
    for (const key of orphans) await env.BYTES.put(key, "");
    const swept = [];
    for (let run = 0; run < 3; run++)
      swept.push((await later(25, TIMES, { BYTES })).asset_objects_swept);
    expect(swept).toEqual([2, 2, 1]);
    await env.BYTES.put("assets/ZS0/ZN1", "");
    expect(await later(25, TIMES, { BYTES })).toMatchObject({ asset_objects_swept: 1 });
    expect(await storedKeys()).toEqual([]);
  });
});

describe("a step that fails", () => {
  it("is told, and keeps no other from running", async () => {
    await addProject("step-fails");
    const silenced = vi.spyOn(console, "error").mockImplementation(() => {});
    const MANIFESTS = new Proxy(env.MANIFESTS, {
      get: () => () => Promise.reject(new Error("KV is down")),
    });
    const run = await later(25, TIMES, { MANIFESTS });
    expect(run).toMatchObject({ manifests_deleted: null, builds_expired: 1 });
    expect(silenced.mock.calls.map(([line]) => JSON.parse(line))).toContainEqual({
      event: "maintenance-step-failed",
      step: "manifests_deleted",
      message: "Error: KV is down",
    });
    silenced.mockRestore();
  });
});

describe("what was unpacked of npm", () => {
  it("goes after a month, but for the closures that builds name", async () => {
    const [named, unnamed] = ["a".repeat(64), "b".repeat(64)];
    const keys = [
      "npm/6/sha512-x/index.json",
      `npm/closures/${named}`,
      `npm/closures/${named}.json`,
      `npm/closures/${unnamed}`,
    ];
    for (const key of keys) await env.BYTES.put(key, "x");
    const { build } = await addProject("npm-swept");
    await env.DB.prepare("UPDATE builds SET closure = ? WHERE sid = ?")
      .bind(named, build.sid)
      .run();
    // Served, or it would be deleted itself.
    const { body } = await call("GET", `/Services/${build.service_sid}/Environments`);
    await deploy(body.environments[0].url, build.sid);
    expect(await later(29 * 24)).toMatchObject({ packages_swept: 0 });
    expect(await later(31 * 24)).toMatchObject({ packages_swept: 2 });
    const left = await env.BYTES.list({ prefix: "npm/" });
    expect(left.objects.map(({ key }) => key)).toEqual([
      `npm/closures/${named}`,
      `npm/closures/${named}.json`,
    ]);
  });
});
