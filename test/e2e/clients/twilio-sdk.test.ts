import twilio from "twilio";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ACCOUNT_SID, AUTH_TOKEN, inParallel, type Ringback, startRingback } from "./ringback.ts";

let ringback: Ringback;
let client: ReturnType<typeof twilio>;

beforeAll(async () => {
  ringback = await startRingback();
  client = twilio(ACCOUNT_SID, AUTH_TOKEN);
  client.serverless.baseUrl = ringback.origin;
});
afterAll(() => ringback?.stop());

/** The HTTP status and Twilio code that a call of the SDK fails with. */
async function failure(call: Promise<unknown>): Promise<[number, number]> {
  const error = await call.then(
    () => ({ status: 0, code: 0 }),
    (reason) => reason as { status: number; code: number },
  );
  return [error.status, error.code];
}

function authorization(): string {
  return `Basic ${Buffer.from(`${ACCOUNT_SID}:${AUTH_TOKEN}`).toString("base64")}`;
}

function services() {
  return client.serverless.v1.services;
}

async function addService(uniqueName: string) {
  return services().create({ uniqueName, friendlyName: uniqueName });
}

/** Uploads a version: of all that the API does, what the SDK has no call for. */
async function upload(serviceSid: string, assetSid: string, path: string): Promise<string> {
  const form = new FormData();
  form.append("Path", path);
  form.append("Visibility", "public");
  form.append("Content", new Blob([path], { type: "text/plain" }), "file.txt");
  const url = `${ringback.origin}/v1/Services/${serviceSid}/Assets/${assetSid}/Versions`;
  const headers = { Authorization: authorization() };
  const answer = await fetch(url, { method: "POST", headers, body: form });
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { sid: string }).sid;
}

describe("services", () => {
  it("are created, fetched by SID and by name, updated, listed and removed", async () => {
    const created = await addService("ahoy");
    expect(created.accountSid).toBe(ACCOUNT_SID);
    expect(created.dateCreated).toBeInstanceOf(Date);
    const url = `${ringback.origin}/v1/Services/${created.sid}`;
    expect([created.url, created.links.environments]).toEqual([url, `${url}/Environments`]);
    expect((await services()("ahoy").fetch()).sid).toBe(created.sid);
    const updated = await services()(created.sid).update({
      ...{ friendlyName: "Ahoy!", uiEditable: true },
    });
    expect([updated.friendlyName, updated.uiEditable, updated.includeCredentials]).toEqual([
      ...["Ahoy!", true, true],
    ]);
    expect(await failure(addService("ahoy"))).toEqual([409, 20409]);
    expect((await services().list()).map(({ sid }) => sid)).toEqual([created.sid]);
    expect(await services()(created.sid).remove()).toBe(true);
    expect(await failure(services()(created.sid).fetch())).toEqual([404, 20404]);
  });
});

describe("what a service holds", () => {
  it("environments, variables and logs", async () => {
    const service = await addService("inside");
    const { environments } = services()(service.sid);
    const created = await environments.create({ uniqueName: "dev", domainSuffix: "dev" });
    const environment = await environments(created.sid).fetch();
    expect(environment.domainName).toBe(`${service.domainBase}-dev.localhost:${ringback.port}`);
    expect([environment.buildSid, environment.domainSuffix]).toEqual([null, "dev"]);

    const { variables, logs } = environments(environment.sid);
    const variable = await variables.create({ key: "GREETING", value: "Ahoy & höy" });
    expect((await variables(variable.sid).fetch()).value).toBe("Ahoy & höy");
    expect((await variables(variable.sid).update({ value: "Hi" })).value).toBe("Hi");
    expect((await variables.list()).map(({ key, value }) => [key, value])).toEqual([
      ["GREETING", "Hi"],
    ]);
    expect(await variables(variable.sid).remove()).toBe(true);
    expect(await variables.list()).toEqual([]);
    expect(await logs.list({ startDate: new Date(0) })).toEqual([]);
    expect(await environment.remove()).toBe(true);
    expect(await failure(environment.fetch())).toEqual([404, 20404]);
    await services()(service.sid).remove();
  });

  it("assets, their versions, builds and deployments", async () => {
    const service = await addService("deployed");
    const { environments, assets, builds } = services()(service.sid);
    const environment = await environments.create({ uniqueName: "production" });
    const asset = await assets.create({ friendlyName: "/a.txt" });
    expect((await assets(asset.sid).fetch()).friendlyName).toBe("/a.txt");
    expect((await assets(asset.sid).update({ friendlyName: "/b.txt" })).friendlyName).toBe(
      "/b.txt",
    );

    const [old, now] = [
      await upload(service.sid, asset.sid, "/old.txt"),
      await upload(service.sid, asset.sid, "/new.txt"),
    ];
    const { assetVersions } = assets(asset.sid);
    expect((await assetVersions.list()).map(({ sid }) => sid)).toEqual([now, old]);
    const version = await assetVersions(old).fetch();
    expect([version.path, version.visibility, version.assetSid]).toEqual([
      ...["/old.txt", "public", asset.sid],
    ]);

    const build = await builds.create({ assetVersions: [old], runtime: "node22" });
    expect((await builds(build.sid).buildStatus().fetch()).status).toBe("completed");
    const fetched = await builds(build.sid).fetch();
    expect(fetched.assetVersions.map(({ path }) => path)).toEqual(["/old.txt"]);
    expect([fetched.runtime, fetched.dependencies, fetched.functionVersions]).toEqual([
      ...["node22", [], []],
    ]);
    const next = await builds.create({ assetVersions: [now] });
    expect((await builds.list()).map(({ sid }) => sid)).toEqual([next.sid, build.sid]);
    expect(await failure(builds.create({ assetVersions: [old, now] }))).toEqual([400, 20001]);
    expect(await failure(builds.create({}))).toEqual([400, 20001]);

    const { deployments } = environments(environment.sid);
    const served = async () =>
      Promise.all(
        ["/old.txt", "/new.txt"].map(
          async (path) => (await ringback.fetch(`https://${environment.domainName}${path}`)).status,
        ),
      );
    expect(await served()).toEqual([404, 404]);
    const first = await deployments.create({ buildSid: build.sid });
    expect(await served()).toEqual([200, 404]);
    await deployments.create({ buildSid: next.sid, isPlugin: true });
    expect(await served()).toEqual([404, 200]);
    await deployments.create({ buildSid: build.sid });
    expect(await served()).toEqual([200, 404]);
    expect(await failure(deployments.create({ buildSid: build.sid }))).toEqual([409, 20409]);
    expect(await failure(builds(build.sid).remove())).toEqual([409, 20409]);
    expect(await builds(next.sid).remove()).toBe(true);
    const undeployed = await deployments.create();
    expect(undeployed.buildSid).toBe(null);
    expect(await served()).toEqual([404, 404]);
    expect(await failure(deployments.create())).toEqual([409, 20409]);
    expect((await deployments(first.sid).fetch()).buildSid).toBe(build.sid);
    expect((await deployments.list()).map(({ buildSid }) => buildSid)).toEqual([
      ...[null, build.sid, next.sid, build.sid],
    ]);
    expect((await environments(environment.sid).fetch()).buildSid).toBe(null);

    expect(await assets(asset.sid).remove()).toBe(true);
    expect(await failure(assets(asset.sid).fetch())).toEqual([404, 20404]);
    expect(await services()(service.sid).functions.list()).toEqual([]);
    await services()(service.sid).remove();
  });
});

/** What the SDK gives every list of a resource. */
type Listing<Instance> = {
  list(options?: { limit?: number; pageSize?: number }): Promise<Instance[]>;
  each(
    options: { limit?: number; pageSize?: number; done: (error?: Error) => void },
    callback: (instance: Instance) => void,
  ): void;
  page(options?: { pageSize?: number }): Promise<ListingPage<Instance>>;
  getPage(url: string): Promise<ListingPage<Instance>>;
};
type ListingPage<Instance> = {
  instances: Instance[];
  nextPageUrl?: string | undefined;
  nextPage(): Promise<ListingPage<Instance>> | undefined;
  previousPage(): Promise<ListingPage<Instance>> | undefined;
};
type Instance = { sid: string };

describe("a list of seven", () => {
  /** All of each resource that can be listed, the newest first, and the call that lists them. */
  const lists: Record<string, { listing: Listing<Instance>; sids: string[] }> = {};
  const indexes = Array.from({ length: 7 }, (_, index) => index);

  beforeAll(async () => {
    const made = async (name: string, listing: Listing<Instance>, create: Create) => {
      const sids: string[] = [];
      for (const index of indexes) sids.push((await create(index)).sid);
      lists[name] = { listing, sids: sids.toReversed() };
    };
    type Create = (index: number) => Promise<Instance>;

    await made("services", services(), (index) => addService(`paged-${index}`));
    const { sid } = await services()("paged-0").fetch();
    const { environments, assets, builds } = services()(sid);
    await made("environments", environments, (index) =>
      environments.create({ uniqueName: `${index}`, domainSuffix: `${index}` }),
    );
    await made("assets", assets, (index) => assets.create({ friendlyName: `/${index}` }));
    const assetSid = lists.assets?.sids[0] as string;
    await made("asset versions", assets(assetSid).assetVersions, async (index) => ({
      sid: await upload(sid, assetSid, `/${index}.txt`),
    }));
    const versions = lists["asset versions"]?.sids as string[];
    await made("builds", builds, (index) =>
      builds.create({ assetVersions: [versions[index] as string] }),
    );
    const environment = environments(lists.environments?.sids[0] as string);
    const buildSids = lists.builds?.sids as string[];
    await made("deployments", environment.deployments, (index) =>
      environment.deployments.create({ buildSid: buildSids[index] as string }),
    );
    await made("variables", environment.variables, (index) =>
      environment.variables.create({ key: `K${index}`, value: "1" }),
    );
  });

  it.each([
    ...["services", "environments", "assets", "asset versions", "builds", "deployments"],
    "variables",
  ])("of %s comes whole and in parts", async (name) => {
    const { listing, sids } = lists[name] as (typeof lists)[string];
    const shown = (instances: Instance[] = []) => instances.map(({ sid }) => sid);

    expect(shown(await listing.list())).toEqual(sids);
    expect(shown(await listing.list({ pageSize: 3 }))).toEqual(sids);
    expect(shown(await listing.list({ limit: 5, pageSize: 2 }))).toEqual(sids.slice(0, 5));
    expect(shown(await listing.list({ limit: 5 }))).toEqual(sids.slice(0, 5));
    expect(shown(await listing.list({ limit: 5000 }))).toEqual(sids);

    const seen: Instance[] = [];
    await new Promise<void>((resolve, reject) =>
      listing.each(
        { pageSize: 2, limit: 6, done: (error) => (error ? reject(error) : resolve()) },
        (instance) => seen.push(instance),
      ),
    );
    expect(shown(seen)).toEqual(sids.slice(0, 6));

    const first = await listing.page({ pageSize: 3 });
    const second = await first.nextPage();
    const third = await second?.nextPage();
    expect([first, second, third].map((page) => shown(page?.instances))).toEqual([
      ...[sids.slice(0, 3), sids.slice(3, 6), sids.slice(6)],
    ]);
    expect(await third?.nextPage()).toBeUndefined();
    expect(shown((await third?.previousPage())?.instances)).toEqual(sids.slice(3, 6));
    const byUrl = await listing.getPage(first.nextPageUrl as string);
    expect(shown(byUrl.instances)).toEqual(sids.slice(3, 6));
  });
});

describe("credentials", () => {
  it("may be an API key; wrong ones are told so", async () => {
    const answer = await fetch(`${ringback.origin}/v1/Keys`, {
      ...{ method: "POST", headers: { Authorization: authorization() } },
    });
    const { sid, secret } = (await answer.json()) as { sid: string; secret: string };
    const withKey = twilio(sid, secret, { accountSid: ACCOUNT_SID });
    withKey.serverless.baseUrl = ringback.origin;
    expect(await withKey.serverless.v1.services.list({ limit: 1 })).toHaveLength(1);
    const wrong = twilio(ACCOUNT_SID, "wrong");
    wrong.serverless.baseUrl = ringback.origin;
    expect(await failure(wrong.serverless.v1.services.list())).toEqual([401, 20003]);
  });
});

describe("two clients at once", () => {
  it("create one service of a name, and deploy in one order", async () => {
    await services()("paged-6").remove();
    const created = await inParallel([1, 2, 3, 4], 4, () => failure(addService("at-once")));
    expect(created.toSorted()).toEqual([[0, 0], ...Array(3).fill([409, 20409])]);
    const { sid } = await services()("at-once").fetch();
    const { assets, builds, environments } = services()(sid);
    const environment = await environments.create({ uniqueName: "production" });
    const asset = await assets.create({ friendlyName: "/a" });
    const paths = ["/a.txt", "/b.txt", "/c.txt", "/d.txt"];
    const versions = await inParallel(paths, 4, (path) => upload(sid, asset.sid, path));
    const made = await inParallel(versions, 4, (version) =>
      builds.create({ assetVersions: [version] }),
    );
    const { deployments } = environments(environment.sid);
    await inParallel(made, 4, (build) => deployments.create({ buildSid: build.sid }));
    const [last] = await deployments.list({ limit: 1 });
    const live = made.findIndex((build) => build.sid === last?.buildSid);
    const statuses = await inParallel(paths, 4, async (path) => {
      return (await ringback.fetch(`https://${environment.domainName}${path}`)).status;
    });
    expect(statuses).toEqual(paths.map((_, index) => (index === live ? 200 : 404)));
  });
});
