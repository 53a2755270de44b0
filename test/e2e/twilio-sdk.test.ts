import twilio from "twilio";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OPERATOR, startControlPlane } from "./control-plane.ts";

let server: Awaited<ReturnType<typeof startControlPlane>>;
let client: ReturnType<typeof twilio>;

beforeAll(async () => {
  server = await startControlPlane();
  client = twilio(OPERATOR.accountSid, OPERATOR.authToken);
  client.serverless.baseUrl = server.url;
});
afterAll(() => server?.close());

/** The HTTP status and Twilio code that a call of the SDK fails with. */
async function failure(call: Promise<unknown>): Promise<[number, number]> {
  const error = await call.then(
    () => ({ status: 0, code: 0 }),
    (reason) => reason as { status: number; code: number },
  );
  return [error.status, error.code];
}

describe("the twilio SDK", () => {
  it("creates, fetches, updates, lists and removes services", async () => {
    const { services } = client.serverless.v1;
    const created = await services.create({ uniqueName: "ahoy", friendlyName: "Ahoy" });
    expect(created.accountSid).toBe(OPERATOR.accountSid);
    expect(created.dateCreated).toBeInstanceOf(Date);
    expect(created.links.environments).toBe(
      `${server.url}/v1/Services/${created.sid}/Environments`,
    );
    expect((await services("ahoy").fetch()).sid).toBe(created.sid);
    const updated = await services(created.sid).update({ friendlyName: "Ahoy!", uiEditable: true });
    expect([updated.friendlyName, updated.uiEditable, updated.includeCredentials]).toEqual([
      "Ahoy!",
      true,
      true,
    ]);
    expect(await failure(services.create({ uniqueName: "ahoy", friendlyName: "x" }))).toEqual([
      409, 20409,
    ]);
    expect((await services.list()).map(({ sid }) => sid)).toEqual([created.sid]);
    expect(await services(created.sid).remove()).toBe(true);
    expect(await failure(services(created.sid).fetch())).toEqual([404, 20404]);
  });

  it("pages through a list, forward and back, and takes any limit", async () => {
    const service = await client.serverless.v1.services.create({
      uniqueName: "paged",
      friendlyName: "paged",
    });
    const assets = client.serverless.v1.services(service.sid).assets;
    const names = Array.from({ length: 7 }, (_, index) => `/${index}.mp3`);
    for (const friendlyName of names) await assets.create({ friendlyName });
    const newestFirst = names.toReversed();
    const shown = (instances: { friendlyName: string }[]) =>
      instances.map(({ friendlyName }) => friendlyName);
    expect(shown(await assets.list({ pageSize: 3 }))).toEqual(newestFirst);
    expect(shown(await assets.list({ limit: 5, pageSize: 2 }))).toEqual(newestFirst.slice(0, 5));
    expect(shown(await assets.list({ limit: 5000 }))).toEqual(newestFirst);
    const first = await assets.page({ pageSize: 3 });
    const second = await first.nextPage();
    const third = await second?.nextPage();
    expect(shown(third?.instances ?? [])).toEqual(["/0.mp3"]);
    expect(await third?.nextPage()).toBeUndefined();
    expect(shown((await third?.previousPage())?.instances ?? [])).toEqual(newestFirst.slice(3, 6));
    await client.serverless.v1.services(service.sid).remove();
  });

  it("creates, fetches, lists and removes everything inside a service", async () => {
    const service = await client.serverless.v1.services.create({
      uniqueName: "inside",
      friendlyName: "inside",
    });
    const { environments, assets, functions } = client.serverless.v1.services(service.sid);
    const created = await environments.create({ uniqueName: "dev", domainSuffix: "dev" });
    const environment = await environments(created.sid).fetch();
    expect(environment.domainName).toBe(`${service.domainBase}-dev.localhost:8787`);
    expect([environment.buildSid, environment.domainSuffix]).toEqual([null, "dev"]);
    expect(await environments.list()).toHaveLength(1);

    const { variables, logs } = environments(environment.sid);
    const variable = await variables.create({ key: "GREETING", value: "Ahoy & höy" });
    expect((await variables(variable.sid).fetch()).value).toBe("Ahoy & höy");
    expect((await variables(variable.sid).update({ value: "Hi" })).value).toBe("Hi");
    expect(await variables.list()).toHaveLength(1);
    expect(await variables(variable.sid).remove()).toBe(true);
    expect(await variables.list()).toEqual([]);
    expect(await logs.list({ startDate: new Date(0) })).toEqual([]);

    const asset = await assets.create({ friendlyName: "/a.mp3" });
    expect((await assets(asset.sid).fetch()).friendlyName).toBe("/a.mp3");
    expect((await assets(asset.sid).update({ friendlyName: "/b.mp3" })).friendlyName).toBe(
      "/b.mp3",
    );
    expect(await assets(asset.sid).remove()).toBe(true);
    expect(await failure(assets(asset.sid).fetch())).toEqual([404, 20404]);
    expect(await functions.list()).toEqual([]);
    expect(await environments(environment.sid).remove()).toBe(true);
  });

  it("authenticates with an API key, and is told when it cannot", async () => {
    const form = { method: "POST", headers: { Authorization: authorization(OPERATOR) } };
    const key = await (await fetch(`${server.url}/v1/Keys`, form)).json();
    const { sid, secret } = key as { sid: string; secret: string };
    const withKey = twilio(sid, secret, { accountSid: OPERATOR.accountSid });
    withKey.serverless.baseUrl = server.url;
    expect(await withKey.serverless.v1.services.list({ limit: 1 })).toBeDefined();
    const wrong = twilio(OPERATOR.accountSid, "wrong");
    wrong.serverless.baseUrl = server.url;
    expect(await failure(wrong.serverless.v1.services.list())).toEqual([401, 20003]);
  });
});

function authorization({ accountSid, authToken }: typeof OPERATOR): string {
  return `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString("base64")}`;
}
