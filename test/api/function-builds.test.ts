import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { Lock } from "../../src/contract/lock.ts";
import { decodePackage } from "../../src/contract/package-format.ts";
import { addEnvironment, addService, apiRequest, call, callWith, type Form } from "./client.ts";
import { deploy } from "./deployed.ts";
import { addFunction, addFunctionVersion, addVersion, upload } from "./uploads.ts";

const HELLO = "exports.handler = (context, event, callback) => callback(null, 'hello');";
const CALLS = "exports.handler = (c, e, callback) => { c.getTwilioClient(); callback(null, ''); };";

// biome-ignore lint/suspicious/noExplicitAny: answers are checked field by field.
let service: any;
let url: string;

beforeAll(async () => {
  service = await addService("function-builds");
  url = service.links.builds;
});

async function build(form: Form) {
  const { status, body, text } = await call("POST", url, form);
  expect([status, status === 201 ? body.status : text]).toEqual([201, "building"]);
  return ended(body);
}

/** The build as it is once it has been made. */
async function ended({ url }: { url: string }) {
  for (;;) {
    const { body } = await call("GET", url);
    if (body.status !== "building") return body;
  }
}

async function refusal(form: Form): Promise<string> {
  const { status, body } = await call("POST", url, form);
  expect([status, body.code]).toEqual([400, 20001]);
  return body.message;
}

async function stored(sid: string) {
  const compiled = await env.BYTES.get(`builds/${service.sid}/${sid}.json`);
  const pkg = await env.BYTES.get(`builds/${service.sid}/${sid}`);
  return {
    // biome-ignore lint/suspicious/noExplicitAny: read as the object that is stored.
    compiled: (await compiled?.json()) as any,
    package: pkg && packageIn(new Uint8Array(await pkg.arrayBuffer())),
  };
}

function packageIn(bytes: Uint8Array) {
  const decoded = decodePackage(bytes);
  return decoded.ok ? decoded.package : null;
}

describe("a build with functions", () => {
  it("holds what it was made of, its code as one package, and what a manifest says of it", async () => {
    const functions = await Promise.all([
      addFunctionVersion(service.sid, { path: "/a", content: HELLO }),
      addFunctionVersion(service.sid, { path: "/b", visibility: "protected", content: CALLS }),
      addFunctionVersion(service.sid, { path: "/c", visibility: "private", content: HELLO }),
    ]);
    const assets = await Promise.all([
      addVersion(service.sid, { path: "/words.json", visibility: "private", content: "[1]" }),
      addVersion(service.sid, { path: "/ahoy.txt" }),
      addVersion(service.sid, { path: "/_headers", visibility: "private", content: "# none" }),
    ]);
    const built = await build({
      FunctionVersions: functions.map(({ sid }) => sid),
      AssetVersions: assets.map(({ sid }) => sid),
      Dependencies: '"[{"name":"twilio","version":"^5.0.0"}]"',
      Runtime: "node22",
    });
    expect(built).toMatchObject({
      status: "completed",
      dependencies: [{ name: "twilio", version: "^5.0.0" }],
      runtime: "node22",
    });
    const bySid = (one: { sid: string }, other: { sid: string }) => (one.sid < other.sid ? -1 : 1);
    expect(built.function_versions.toSorted(bySid)).toEqual(
      functions.map(({ url: _, links: __, ...embedded }) => embedded).sort(bySid),
    );
    expect(built.asset_versions).toHaveLength(3);
    const { compiled, package: laid } = await stored(built.sid);
    expect(Object.keys(compiled.assets)).toEqual(["/ahoy.txt"]);
    expect(compiled.functions).toEqual({
      "/a": { sid: functions[0].function_sid, visibility: "public", flavour: "light" },
      "/b": { sid: functions[1].function_sid, visibility: "protected", flavour: "sdk" },
    });
    expect(laid?.functions).toEqual({
      "/a": "functions/a.js",
      "/b": "functions/b.js",
      "/c": "functions/c.js",
    });
    expect(laid?.assets).toEqual({ "/words.json": "assets/words.json" });
    expect(laid?.libraries.map(({ name }) => name).sort()).toEqual(["twilio", "twilio-twiml"]);
    for (const { sha256 } of laid?.libraries ?? []) {
      expect(await env.BYTES.head(`libraries/${sha256}`)).not.toBeNull();
    }
  });

  it("tells what works otherwise than it may look", async () => {
    const versions = await Promise.all([
      addFunctionVersion(service.sid, {
        path: "/warned",
        content: "require('nowhere'), require('made-leaf/absent');",
      }),
      addVersion(service.sid, { path: "/page.js", visibility: "private", content: "export {};" }),
    ]);
    const built = await build({
      FunctionVersions: versions[0]?.sid,
      AssetVersions: versions[1]?.sid,
      Dependencies: '[{"name":"sharp","version":"*"},{"name":"made-leaf","version":"^1"}]',
    });
    const warnings = [
      {
        message:
          "Dependency sharp@* cannot run here: it needs native code (libvips); ask an image service by HTTP, or use jimp.",
      },
      { message: "Nothing in the dependencies is called nowhere: require() of it fails" },
      { message: "made-leaf has no ./absent: require() of it fails" },
    ];
    expect(built).toMatchObject({ status: "completed", warnings });
    const { body } = await call("GET", built.links.build_status);
    expect(body).toMatchObject({ status: "completed", warnings });
  });

  it("has its warnings in the logs of each environment it is deployed to", async () => {
    const { sid: FunctionVersions } = await addFunctionVersion(service.sid, {
      path: "/warned",
      content: `require('child_process'); ${HELLO}`,
    });
    const built = await build({ FunctionVersions });
    const environment = await addEnvironment(service.sid, {
      UniqueName: "warned",
      DomainSuffix: "warned",
    });
    const { body: deployment } = await deploy(environment.url, built.sid);
    const logged = await vi.waitUntil(async () => {
      const { logs } = (await call("GET", `${environment.url}/Logs`)).body;
      return logs.length > 0 && logs;
    }, 10_000);
    expect(logged).toEqual([
      expect.objectContaining({
        ...{ level: "WARN", build_sid: built.sid, deployment_sid: deployment.sid },
        message: `Build warning: /warned: ${built.warnings[0].message}`,
      }),
    ]);
  });

  it("tells what its dependencies became, and keeps the whole tree", async () => {
    const fn = await addFunctionVersion(service.sid, {
      path: "/resolved",
      content: "require('made-needs-1'); require('made-leaf'); exports.handler = () => {};",
    });
    const built = await build({
      FunctionVersions: fn.sid,
      Dependencies: '{"made-needs-1":"*","made-leaf":"^2"}',
    });
    expect(built.resolved_dependencies).toEqual([
      { name: "made-leaf", version: "2.0.0", integrity: expect.stringMatching(/^sha512-/) },
      { name: "made-needs-1", version: "1.0.0", integrity: expect.stringMatching(/^sha512-/) },
    ]);
    const stored = await env.BYTES.get(`builds/${service.sid}/${built.sid}.lock`);
    const lock = await stored?.json<Lock>();
    expect(lock?.packages.map(({ id }) => id)).toEqual([
      "made-leaf@1.5.0",
      "made-leaf@2.0.0",
      "made-needs-1@1.0.0",
    ]);
  });

  it("needs no public asset, nor any public function", async () => {
    const asset = await addVersion(service.sid, { path: "/p.txt", visibility: "private" });
    const fn = await addFunctionVersion(service.sid, {
      path: "/p",
      visibility: "private",
      content: HELLO,
    });
    const built = await build({ FunctionVersions: fn.sid, AssetVersions: asset.sid });
    const { compiled } = await stored(built.sid);
    expect(compiled).toMatchObject({ assets: {}, functions: {} });
  });

  it("loses its package when it is deleted", async () => {
    const fn = await addFunctionVersion(service.sid, { path: "/gone", content: HELLO });
    const built = await build({ FunctionVersions: fn.sid });
    expect((await call("DELETE", built.url)).status).toBe(204);
    expect(await stored(built.sid)).toEqual({ compiled: undefined, package: null });
  });

  it("keeps its package for a while where it was served until now", async () => {
    const environment = await addEnvironment(service.sid, {
      UniqueName: "until-now",
      DomainSuffix: "until-now",
    });
    const fn = await addFunctionVersion(service.sid, { path: "/now", content: HELLO });
    const built = await build({ FunctionVersions: fn.sid });
    const key = `builds/${service.sid}/${built.sid}`;
    const before = await stored(built.sid);
    const written = (await env.BYTES.head(key))?.uploaded.getTime() as number;
    await deploy(environment.url, built.sid);
    await deploy(environment.url);
    expect((await call("DELETE", built.url)).status).toBe(204);
    expect(await stored(built.sid)).toEqual({ compiled: undefined, package: before.package });
    // The walk over the bucket takes it a day after that: not after it was built.
    expect((await env.BYTES.head(key))?.uploaded.getTime()).toBeGreaterThan(written);
  });

  it("whose making was cut short is finished when somebody asks, its dependencies too", async () => {
    const fn = await addFunctionVersion(service.sid, {
      path: "/cut",
      content: "const _ = require('lodash'); exports.handler = () => _;",
    });
    const Dependencies = '[{"name":"lodash","version":"^4"}]';
    const built = await build({ FunctionVersions: fn.sid, Dependencies });
    const before = await stored(built.sid);
    expect(before.package?.closure).toMatch(/^[0-9a-f]{64}$/);
    await env.BYTES.delete(`builds/${service.sid}/${built.sid}`);
    await env.DB.prepare("UPDATE builds SET status = 'building', date_created = ? WHERE sid = ?")
      .bind("2020-01-01T00:00:00Z", built.sid)
      .run();
    expect((await ended(built)).status).toBe("completed");
    expect(await stored(built.sid)).toEqual(before);
  });

  it("whose package was lost has it again when it is deployed", async () => {
    const environment = await addEnvironment(service.sid, { UniqueName: "again" });
    const fn = await addFunctionVersion(service.sid, { path: "/lost", content: HELLO });
    const built = await build({ FunctionVersions: fn.sid });
    const before = await stored(built.sid);
    await env.BYTES.delete(`builds/${service.sid}/${built.sid}`);
    expect((await deploy(environment.url, built.sid)).status).toBe(201);
    expect(await stored(built.sid)).toEqual(before);
  });
});

describe("a build of assets alone", () => {
  it("lays no package, whatever its dependencies", async () => {
    const { sid } = await addVersion(service.sid, { path: "/only.json", visibility: "private" });
    const Dependencies = '[{"name":"unheard-of","version":"1"}]';
    const built = await build({ AssetVersions: sid, Dependencies });
    expect((await stored(built.sid)).package).toBeNull();
  });
});

describe("a build with functions is refused for", () => {
  it("a version that is not there, of another service, of an asset, or of a deleted function", async () => {
    const other = await addService("function-builds-other");
    const foreign = await addFunctionVersion(other.sid, {});
    const asset = await addVersion(service.sid, {});
    const deleted = await addFunctionVersion(service.sid, {});
    await call("DELETE", `/Services/${service.sid}/Functions/${deleted.function_sid}`);
    const unknown = `ZN${"0".repeat(32)}`;
    for (const sid of [unknown, foreign.sid, asset.sid, deleted.sid]) {
      expect(await refusal({ FunctionVersions: sid })).toBe(
        `Function Version ${sid} was not found in this Service`,
      );
    }
    const fn = await addFunctionVersion(service.sid, {});
    expect(await refusal({ AssetVersions: fn.sid })).toBe(
      `Asset Version ${fn.sid} was not found in this Service`,
    );
  });

  it("two versions of one function", async () => {
    const fn = await addFunction(service.sid);
    const [one, two] = [
      await upload(fn.url, { path: "/one", content: HELLO }),
      await upload(fn.url, { path: "/two", content: HELLO }),
    ];
    expect(await refusal({ FunctionVersions: [one.body.sid, two.body.sid] })).toBe(
      `Different Function Versions for same Function. Conflicting SIDs: ${one.body.sid} and ${two.body.sid}.`,
    );
  });

  it.each(["public", "private"])("a function and a %s asset at one path", async (visibility) => {
    const asset = await addVersion(service.sid, { path: "/my place", visibility });
    const fn = await addFunctionVersion(service.sid, { path: "/my%20place", content: HELLO });
    expect(await refusal({ FunctionVersions: fn.sid, AssetVersions: asset.sid })).toBe(
      `A Function and an Asset with the same path /my%20place. Conflicting SIDs: ${asset.sid} and ${fn.sid}.`,
    );
  });

  it("more functions than an installation allows", async () => {
    const versions = [
      await addFunctionVersion(service.sid, { path: "/m1", content: HELLO }),
      await addFunctionVersion(service.sid, { path: "/m2", content: HELLO }),
    ];
    const form = { FunctionVersions: versions.map(({ sid }) => sid) };
    const limits = { LIMITS: { ...(env.LIMITS as object), function_versions_per_build: 1 } };
    const { status, body } = await callWith(limits, apiRequest("POST", url, form));
    expect([status, body.message]).toEqual([
      400,
      "Functions are limited to less than or equal to 1 in a Build",
    ]);
  });

  it("all that is wrong with its code, each with its file and line", async () => {
    const versions = await Promise.all([
      addFunctionVersion(service.sid, { path: "/bad", content: "const a = 1;\nconst = 2;" }),
      addFunctionVersion(service.sid, { path: "/esm", content: "import a from 'b';" }),
      addFunctionVersion(service.sid, { path: "/sharp", content: "require('sharp');" }),
    ]);
    const rules = await addVersion(service.sid, { path: "/_headers", content: "/*\n  nothing" });
    const message = await refusal({
      FunctionVersions: versions.map(({ sid }) => sid),
      AssetVersions: rules.sid,
      Dependencies: '[{"name":"sharp","version":"1"}]',
    });
    expect(message.split("\n")).toEqual([
      expect.stringMatching(/^\/_headers line 2: /),
      expect.stringMatching(/^\/bad line 2: /),
      expect.stringMatching(/^\/esm line 1: /),
      "Dependency sharp@1 cannot run here: it needs native code (libvips); ask an image service by HTTP, or use jimp.",
    ]);
  });

  it("more bytes than a package holds, before any of them is read", async () => {
    const { sid } = await addFunctionVersion(service.sid, { path: "/large", content: HELLO });
    await env.DB.prepare("UPDATE versions SET content_size = ? WHERE sid = ?")
      .bind(17 * 1024 * 1024, sid)
      .run();
    expect(await refusal({ FunctionVersions: sid })).toBe(
      "Functions and private assets of a build may have 16.0 MiB together: these have 17.0 MiB, the largest is /large (17.0 MiB)",
    );
  });

  it("bytes that are gone", async () => {
    const { sid } = await addFunctionVersion(service.sid, { path: "/empty", content: HELLO });
    await env.BYTES.delete(`assets/${service.sid}/${sid}`);
    expect(await refusal({ FunctionVersions: sid })).toBe(
      "/empty: its bytes are missing: upload it again",
    );
  });
});
