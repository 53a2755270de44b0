import { applyD1Migrations, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { runScheduled } from "../../src/api/scheduled.ts";
import type { ValueMetadata } from "../../src/contract/value-metadata.ts";
import { storedNames } from "../../src/publish/kv-values.ts";
import { maintain } from "../../src/publish/maintenance.ts";
import { project } from "../../src/publish/projection.ts";
import { addEnvironment, apiRequest, call, callWith } from "../api/client.ts";
import { addBuild, addProject, deploy } from "../api/deployed.ts";
import { storedValue } from "../stored-value.ts";

const TIMES = { undeployed_build_hours: 24, unused_version_hours: 168, deleted_service_hours: 1 };

beforeEach(async () => {
  await reset();
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
});

type Project = Awaited<ReturnType<typeof addProject>>;

type Entry = { value: string | null; metadata: ValueMetadata | null };

async function entryOf(key: string): Promise<Entry> {
  const { value, metadata } = await env.MANIFESTS.getWithMetadata<ValueMetadata>(key);
  return { value, metadata };
}

/** The same value, said anew: no isolate takes it for older than the one before. */
function rebuilt({ value, metadata }: Entry) {
  const asOf = expect.toSatisfy((now: number) => now > Number(metadata?.asOf));
  return { value, metadata: { ...metadata, asOf } };
}

const hostnameOf = ({ environment }: Project) => environment.domain_name.replace(":8787", "");

/** The SID of the build that KV says a hostname serves. */
async function stored(hostname: string): Promise<string | null> {
  const value = await storedValue(`host:${hostname}`);
  return value && JSON.parse(value).build;
}

/** The bindings, with KV's writes held up or failing as `put` says. */
function kvWith(put: (key: string, write: () => Promise<void>) => Promise<void>): Env {
  const MANIFESTS = new Proxy(env.MANIFESTS, {
    get(target, name) {
      if (name === "put") {
        return (...values: Parameters<typeof target.put>) =>
          put(values[0], () => target.put(...values) as Promise<void>);
      }
      return Reflect.get(target, name).bind(target);
    },
  });
  return { ...env, MANIFESTS };
}

describe("the projection of D1 into KV", () => {
  it("tells this isolate what was written, before it is done", async () => {
    const one = await addProject("told");
    await deploy(one.environment.url, one.build.sid);
    const published = vi.fn();
    await project(env, published, [hostnameOf(one), "nobody.localhost"]);
    const { value, metadata } = await entryOf(`host:${hostnameOf(one)}`);
    expect(published.mock.calls).toEqual([
      ["host:nobody.localhost", null, { asOf: expect.any(Number), gone: true }],
      [`host:${hostnameOf(one)}`, value, metadata],
    ]);
  });

  it("lets the later deployment in D1 stay where the earlier one writes last", async () => {
    const one = await addProject("overtaken");
    const newer = await addBuild(one.service.sid, [{ path: "/new" }]);
    const hostname = hostnameOf(one);
    // The first deployment's write is held up until the second one is done.
    let writes = 0;
    const heldUp = kvWith(async (_key, write) => {
      if (writes++ === 0) {
        const second = await deploy(one.environment.url, newer.sid);
        expect(second.status).toBe(201);
        expect(await stored(hostname)).toBe(newer.sid);
      }
      await write();
    });
    const form = { BuildSid: one.build.sid };
    const request = apiRequest("POST", `${one.environment.url}/Deployments`, form);
    const first = await callWith({ MANIFESTS: heldUp.MANIFESTS }, request);
    expect(first.status).toBe(201);
    expect(writes).toBe(2);
    expect(await stored(hostname)).toBe(newer.sid);
  });

  it("takes back what it wrote where the environment was deleted meanwhile", async () => {
    const one = await addProject("deleted-meanwhile");
    const heldUp = kvWith(async (_key, write) => {
      await call("DELETE", one.environment.url);
      await write();
    });
    const form = { BuildSid: one.build.sid };
    const request = apiRequest("POST", `${one.environment.url}/Deployments`, form);
    await callWith({ MANIFESTS: heldUp.MANIFESTS }, request);
    expect(await stored(hostnameOf(one))).toBeNull();
  });

  it("serves nothing for a build that was replaced and deleted meanwhile", async () => {
    const one = await addProject("replaced");
    await deploy(one.environment.url, one.build.sid);
    const newer = await addBuild(one.service.sid, [{ path: "/new" }]);
    const get = vi.fn(async (key: string) => {
      if (key.includes(one.build.sid)) {
        await deploy(one.environment.url, newer.sid);
        await call("DELETE", one.build.url);
      }
      return env.BYTES.get(key);
    });
    const BYTES = new Proxy(env.BYTES, {
      get: (target, name) => (name === "get" ? get : Reflect.get(target, name).bind(target)),
    });
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    const published = vi.fn();
    await project({ ...env, BYTES } as Env, published, [hostnameOf(one)]);
    logged.mockRestore();
    expect(published.mock.calls.map(([, value]) => JSON.parse(value).build)).toEqual([newer.sid]);
    const { objects } = await env.BYTES.list({ prefix: "builds/" });
    expect(objects.filter(({ key }) => key.includes(one.build.sid))).toEqual([]);
  });

  it("waits where KV takes no more writes of a key", async () => {
    const one = await addProject("paced");
    let writes = 0;
    const pacing = kvWith(async (_key, write) => {
      if (writes++ === 0) throw new Error("KV PUT failed: 429 Too Many Requests");
      await write();
    });
    const form = { BuildSid: one.build.sid };
    const request = apiRequest("POST", `${one.environment.url}/Deployments`, form);
    const { status } = await callWith({ MANIFESTS: pacing.MANIFESTS }, request);
    expect([status, writes]).toEqual([201, 2]);
    expect(await stored(hostnameOf(one))).toBe(one.build.sid);
  });

  it("makes a compiled build again that R2 has lost", async () => {
    const one = await addProject("lost-build");
    const key = `builds/${one.service.sid}/${one.build.sid}.json`;
    await env.BYTES.delete(key);
    expect((await deploy(one.environment.url, one.build.sid)).status).toBe(201);
    expect(await stored(hostnameOf(one))).toBe(one.build.sid);
    expect(await env.BYTES.head(key)).not.toBeNull();
  });
});

describe("the scheduled repair", () => {
  const nothing = { manifests_written: 0, manifests_deleted: 0 };

  it("changes nothing where KV is what D1 says", async () => {
    const one = await addProject("whole");
    await deploy(one.environment.url, one.build.sid);
    expect(await maintain(env, () => {}, TIMES)).toMatchObject(nothing);
  });

  it.each([
    ["missing", (key: string) => env.MANIFESTS.delete(key)],
    ["of an older deployment", (key: string) => env.MANIFESTS.put(key, "{}")],
    [
      "altered although its revision is right",
      async (key: string) => {
        const { value, metadata } = await env.MANIFESTS.getWithMetadata(key);
        await env.MANIFESTS.put(key, (value as string).replace("public", "Public"), { metadata });
      },
    ],
  ])("writes a manifest that is %s", async (_, damage) => {
    const one = await addProject("damaged");
    await deploy(one.environment.url, one.build.sid);
    const key = `host:${hostnameOf(one)}`;
    const before = await entryOf(key);
    await damage(key);
    const published = vi.fn();
    expect(await maintain(env, published, TIMES)).toMatchObject({ manifests_written: 1 });
    expect(await entryOf(key)).toEqual(rebuilt(before));
    expect(published).toHaveBeenCalledOnce();
  });

  it("deletes the manifests of hostnames that D1 does not know or that serve nothing", async () => {
    const one = await addProject("stray");
    await deploy(one.environment.url, one.build.sid);
    const kept = hostnameOf(one);
    await env.MANIFESTS.put("host:stray-0000.localhost", "{}");
    await env.MANIFESTS.put("host:stray.example.com", "{}");
    await env.MANIFESTS.put("account:AC0", "not a manifest");
    expect(await maintain(env, () => {}, TIMES)).toMatchObject({ manifests_deleted: 2 });
    expect((await storedNames(env, "host:", null)).names).toEqual([kept]);
    expect(await maintain(env, () => {}, TIMES)).toMatchObject({ manifests_deleted: 0 });
  });

  it("walks over all environments, a stretch a run", async () => {
    const one = await addProject("many");
    for (let index = 0; index < 20; index++) {
      const name = `e${index}`;
      const form = { UniqueName: name, DomainSuffix: name };
      const environment = await addEnvironment(one.service.sid, form);
      await deploy(environment.url, one.build.sid);
    }
    await deploy(one.environment.url, one.build.sid);
    for (const { name } of (await env.MANIFESTS.list({ prefix: "host:" })).keys) {
      await env.MANIFESTS.delete(name);
    }
    const written = [];
    for (let run = 0; run < 3; run++) {
      written.push((await maintain(env, () => {}, TIMES)).manifests_written);
    }
    expect(written).toEqual([20, 1, 0]);
  });

  it("is not held up by one build that cannot be read", async () => {
    const complained = vi.spyOn(console, "error").mockImplementation(() => {});
    const broken = await addProject("broken");
    const whole = await addProject("whole");
    const cut = await addProject("cut-short");
    for (const { environment, build } of [broken, whole]) await deploy(environment.url, build.sid);
    await env.BYTES.put(`builds/${broken.service.sid}/${broken.build.sid}.json`, "{");
    await env.MANIFESTS.delete(`host:${hostnameOf(whole)}`);
    await env.DB.prepare(
      "UPDATE builds SET status = 'building', date_created = ?1 WHERE sid IN (?2, ?3)",
    )
      .bind(new Date(Date.now() - 120_000).toISOString(), broken.build.sid, cut.build.sid)
      .run();
    const BYTES = new Proxy(env.BYTES, {
      get(target, name) {
        if (name !== "put") return Reflect.get(target, name).bind(target);
        return (...values: Parameters<typeof target.put>) => {
          if (values[0].includes(broken.build.sid)) throw new Error("put: Internal error (10001)");
          return target.put(...values);
        };
      },
    });
    expect(await maintain({ ...env, BYTES }, () => {}, TIMES)).toMatchObject({
      builds_resumed: 1,
      manifests_written: 1,
    });
    expect(await stored(hostnameOf(whole))).toBe(whole.build.sid);
    expect((await call("GET", cut.build.url)).body.status).toBe("completed");
    const unread = complained.mock.calls.map(([line]) => JSON.parse(line).build);
    expect(unread).toEqual([broken.build.sid, broken.build.sid]);
    complained.mockRestore();
  });

  it("runs by the installation's own times, and logs what it did", async () => {
    const logged = vi.spyOn(console, "log").mockImplementation(() => {});
    await env.MANIFESTS.put("host:stray-0000.localhost", "{}");
    const run = await runScheduled(env, () => {});
    expect(run).toMatchObject({ manifests_deleted: 1 });
    await runScheduled(env, () => {});
    const lines = logged.mock.calls.map(([line]) => JSON.parse(line));
    expect(lines).toEqual([{ event: "maintenance", ...run }]);
    logged.mockRestore();
  });

  it("finishes builds whose making was cut short", async () => {
    const one = await addProject("cut-short");
    await env.BYTES.delete(`builds/${one.service.sid}/${one.build.sid}.json`);
    await env.DB.prepare("UPDATE builds SET status = 'building', date_created = ?")
      .bind(new Date(Date.now() - 120_000).toISOString())
      .run();
    expect(await maintain(env, () => {}, TIMES)).toMatchObject({ builds_resumed: 1 });
    expect((await call("GET", one.build.url)).body.status).toBe("completed");
  });
});

describe("POST /v1/Republish", () => {
  it("rebuilds KV whole, a stretch a call", async () => {
    const one = await addProject("rebuilt");
    await deploy(one.environment.url, one.build.sid);
    const key = `host:${hostnameOf(one)}`;
    const before = await entryOf(key);
    await env.MANIFESTS.delete(key);
    await env.MANIFESTS.put("host:stray-0000.localhost", "{}");
    const done = { written: 0, deleted: 0 };
    let cursor: string | null = "";
    while (cursor !== null) {
      const form: Record<string, string> = cursor === "" ? {} : { Cursor: cursor };
      const { status, body } = await call("POST", "/Republish", form);
      expect(status).toBe(200);
      done.written += body.written;
      done.deleted += body.deleted;
      cursor = body.next;
    }
    expect(done).toEqual({ written: 1, deleted: 1 });
    expect(await entryOf(key)).toEqual(rebuilt(before));
    expect(await storedValue("host:stray-0000.localhost")).toBeNull();
  });

  it.each(["x", "served:x", "accounts:-1", ""])("refuses the Cursor %j", async (Cursor) => {
    expect((await call("POST", "/Republish", { Cursor })).status).toBe(400);
  });
});
