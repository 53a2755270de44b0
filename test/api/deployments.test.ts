import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it } from "vitest";
import { decodeManifest } from "../../src/contract/manifest.ts";
import { storedValue } from "../stored-value.ts";
import { addEnvironment, addService, apiRequest, call, send } from "./client.ts";
import { addBuild, addProject, buildOf, deploy } from "./deployed.ts";
import { type AssetUpload, addVersion, upload } from "./uploads.ts";

// An account has 10 services at most.
afterEach(() => env.DB.prepare("DELETE FROM services").run());

const hostname = (environment: { domain_name: string }) =>
  environment.domain_name.replace(":8787", "");

/** What KV says of an environment, as the gateway reads it. */
async function manifest(environment: { domain_name: string }) {
  const value = await storedValue(`host:${hostname(environment)}`);
  if (value === null) return null;
  const decoded = decodeManifest(value, hostname(environment));
  if (!decoded.ok) throw new Error(decoded.detail);
  return decoded.manifest;
}

describe("a deployment", () => {
  it("publishes a build's manifest under the environment's hostname", async () => {
    const { service, environment, build } = await addProject("deploys");
    const { status, body } = await deploy(environment.url, build.sid);
    expect(status).toBe(201);
    expect(body).toEqual({
      sid: expect.stringMatching(/^ZD[0-9a-f]{32}$/),
      account_sid: env.TWILIO_ACCOUNT_SID,
      service_sid: service.sid,
      environment_sid: environment.sid,
      build_sid: build.sid,
      deployed_by: { credential: "token", key_sid: null, key_name: null, client: "", note: null },
      changes: { added: 1, changed: 0, moved: 0, removed: 0, exposed: 0, paths: ["/ahoy.txt"] },
      date_created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      date_updated: body.date_created,
      url: `${environment.url}/Deployments/${body.sid}`,
    });
    expect((await call("GET", body.url)).body).toEqual(body);
    expect((await call("GET", environment.url)).body.build_sid).toBe(build.sid);
    const version = build.asset_versions[0];
    expect(await manifest(environment)).toMatchObject({
      hostname: hostname(environment),
      account: env.TWILIO_ACCOUNT_SID,
      service: service.sid,
      environment: environment.sid,
      deployment: body.sid,
      build: build.sid,
      assets: new Map([
        [
          "/ahoy.txt",
          {
            sid: version.sid,
            sha256: "2355f39e9d5f0c96c668f4d8e83fe9e76246caa8c85bd888b8d80826968e7b31",
            size: 4,
            type: "text/plain; charset=utf-8",
            visibility: "public",
            etag: expect.stringMatching(/^[\w-]{22}$/),
            modified: Date.parse(body.date_created) / 1000,
            headers: 0,
          },
        ],
      ]),
    });
    const { metadata } = await env.MANIFESTS.getWithMetadata(`host:${hostname(environment)}`);
    expect(metadata).toEqual({
      revision: expect.stringMatching(/^[0-9a-f]{64}$/),
      deployment: body.sid,
      asOf: expect.any(Number),
    });
  });

  it("of the build that is deployed is a conflict, and mends what KV has lost", async () => {
    const { environment, build } = await addProject("again");
    await deploy(environment.url, build.sid);
    await env.MANIFESTS.delete(`host:${hostname(environment)}`);
    const { status, body } = await deploy(environment.url, build.sid);
    expect([status, body.code, body.message]).toEqual([
      409,
      20409,
      "Environment already has requested deployment.",
    ]);
    expect((await manifest(environment))?.build).toBe(build.sid);
  });

  it("without a build takes the hostname off; again it is a conflict", async () => {
    const { environment, build } = await addProject("undeploys");
    const nothing = await deploy(environment.url);
    expect([nothing.status, nothing.body.code]).toEqual([409, 20409]);
    await deploy(environment.url, build.sid);
    const { status, body } = await deploy(environment.url);
    expect([status, body.build_sid]).toEqual([201, null]);
    expect(await manifest(environment)).toBeNull();
    expect((await call("GET", environment.url)).body.build_sid).toBeNull();
    expect((await deploy(environment.url)).status).toBe(409);
  });

  it("of an old build is a rollback", async () => {
    const { service, environment, build } = await addProject("rolls-back");
    const newer = await addBuild(service.sid, [{ path: "/new.txt" }]);
    for (const { sid } of [build, newer, build]) await deploy(environment.url, sid);
    expect((await manifest(environment))?.build).toBe(build.sid);
    const { body } = await call("GET", `${environment.url}/Deployments`);
    expect(body.meta.key).toBe("deployments");
    const sids = body.deployments.map((row: { build_sid: string }) => row.build_sid);
    expect(sids).toEqual([build.sid, newer.sid, build.sid]);
  });

  it("tells who made it, by what, and what changed for callers", async () => {
    const { service, environment } = await addProject("told");
    const versions = (assets: AssetUpload[]) =>
      Promise.all(assets.map((asset) => addVersion(service.sid, asset)));
    const [kept, opened, moved, gone] = await versions([
      { path: "/kept" },
      { path: "/opened", visibility: "private" },
      { path: "/moved", visibility: "protected" },
      { path: "/gone" },
    ]);
    const before = await buildOf(service.sid, [kept.sid, opened.sid, moved.sid, gone.sid]);
    await deploy(environment.url, before.sid);
    const [again, public_, added] = await versions([
      { path: "/kept" },
      { path: "/opened" },
      { path: "/added" },
    ]);
    const url = `/Services/${service.sid}/Assets/${moved.asset_sid}`;
    const { body: elsewhere } = await upload(url, { path: "/else", visibility: "private" });
    const after = await buildOf(
      service.sid,
      [again, public_, added, elsewhere].map(({ sid }) => sid),
    );
    const { body: key } = await call("POST", "/Keys", { FriendlyName: "Pipeline" });
    const credentials = { username: key.sid, password: key.secret };
    const form = { BuildSid: after.sid, Note: "Release 7" };
    const request = apiRequest("POST", `${environment.url}/Deployments`, form, credentials);
    request.headers.set("User-Agent", "twilio-run/5.0.1 node/26");
    const { body } = await send(request);
    expect(body.deployed_by).toEqual({
      credential: "key",
      key_sid: key.sid,
      key_name: "Pipeline",
      client: "twilio-run/5.0.1",
      note: "Release 7",
    });
    expect(body.changes).toEqual({
      added: 1,
      changed: 1,
      moved: 1,
      removed: 1,
      exposed: 1,
      paths: expect.arrayContaining(["/opened"]),
    });
    const { body: nothing } = await deploy(environment.url);
    expect(nothing.changes).toMatchObject({ added: 0, changed: 0, moved: 0, removed: 4 });
  });

  it("of one build to two environments serves it twice", async () => {
    const { service, environment, build } = await addProject("promotes");
    const other = await addEnvironment(service.sid, { UniqueName: "stage", DomainSuffix: "stage" });
    await deploy(environment.url, build.sid);
    await deploy(other.url, build.sid);
    expect((await manifest(environment))?.build).toBe(build.sid);
    expect((await manifest(other))?.build).toBe(build.sid);
  });

  it("takes IsPlugin and ignores it", async () => {
    const { environment, build } = await addProject("plugin");
    const form = { BuildSid: build.sid, IsPlugin: "True" };
    expect((await call("POST", `${environment.url}/Deployments`, form)).status).toBe(201);
  });

  it("of a build that is not completed, not there or another service's is a 20001", async () => {
    const { environment, build } = await addProject("refuses");
    const foreign = await addProject("refuses-other");
    const set = env.DB.prepare("UPDATE builds SET status = ? WHERE sid = ?");
    for (const status of ["building", "failed"]) {
      await set.bind(status, build.sid).run();
      const answer = await deploy(environment.url, build.sid);
      expect([answer.status, answer.body.message]).toEqual([
        400,
        `Invalid parameter BuildSid: ${build.sid} is ${status}; only a completed Build can be deployed`,
      ]);
    }
    for (const sid of ["ZB00000000000000000000000000000000", foreign.build.sid]) {
      const answer = await deploy(environment.url, sid);
      expect([answer.status, answer.body.message]).toEqual([
        400,
        `Invalid parameter BuildSid: ${sid} was not found in this Service`,
      ]);
    }
    for (const BuildSid of ["", "ZB1", "nothing"]) {
      const { status } = await call("POST", `${environment.url}/Deployments`, { BuildSid });
      expect(status).toBe(400);
    }
    expect((await call("GET", `${environment.url}/Deployments`)).body.deployments).toEqual([]);
  });

  it("to another service's environment is a 404", async () => {
    const { environment, build } = await addProject("mine");
    const other = await addService("not-mine");
    const path = `/Services/${other.sid}/Environments/${environment.sid}/Deployments`;
    expect((await call("POST", path, { BuildSid: build.sid })).status).toBe(404);
    expect((await call("GET", path)).status).toBe(404);
    expect((await call("GET", `${path}/ZD00000000000000000000000000000000`)).status).toBe(404);
  });
});

describe("deployments at once", () => {
  it("to one environment have one order, and KV says what D1 says last", async () => {
    const { service, environment, build } = await addProject("at-once");
    const builds = [
      build,
      ...(await Promise.all(
        [1, 2, 3, 4].map((n) => addBuild(service.sid, [{ path: `/${n}`, content: `${n}` }])),
      )),
    ];
    const answers = await Promise.all(builds.map(({ sid }) => deploy(environment.url, sid)));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
    const { body } = await call("GET", `${environment.url}/Deployments`);
    const last = body.deployments[0];
    expect((await call("GET", environment.url)).body.build_sid).toBe(last.build_sid);
    expect(await manifest(environment)).toMatchObject({
      deployment: last.sid,
      build: last.build_sid,
    });
  });

  it("of one build are one deployment", async () => {
    const { environment, build } = await addProject("same-at-once");
    const answers = await Promise.all([1, 2, 3].map(() => deploy(environment.url, build.sid)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    expect((await manifest(environment))?.build).toBe(build.sid);
  });

  it("and the deletion of the environment leave nothing served", async () => {
    const { service, environment, build } = await addProject("deleted-at-once");
    const newer = await addBuild(service.sid, [{ path: "/new.txt" }]);
    await deploy(environment.url, build.sid);
    const [deployed, deleted] = await Promise.all([
      deploy(environment.url, newer.sid),
      call("DELETE", environment.url),
    ]);
    expect([201, 404]).toContain(deployed.status);
    expect(deleted.status).toBe(204);
    expect(await manifest(environment)).toBeNull();
  });
});
