import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { addService, call } from "./client.ts";

// biome-ignore lint/suspicious/noExplicitAny: an answer of the API.
let service: any;
beforeAll(async () => {
  service = await addService("ahoy");
});

describe("an asset", () => {
  it("is created, fetched and renamed with every field of the contract", async () => {
    const path = `/Services/${service.sid}/Assets`;
    const { status, body } = await call("POST", path, { FriendlyName: "/ivr/greeting.mp3" });
    expect(status).toBe(201);
    const url = `http://localhost:8787/v1${path}/${body.sid}`;
    expect(body).toEqual({
      sid: expect.stringMatching(/^ZH[0-9a-f]{32}$/),
      account_sid: "AC00000000000000000000000000000001",
      service_sid: service.sid,
      friendly_name: "/ivr/greeting.mp3",
      date_created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      date_updated: body.date_created,
      url,
      links: { asset_versions: `${url}/Versions` },
    });
    expect((await call("GET", `${path}/${body.sid}`)).body).toEqual(body);
    const renamed = await call("POST", `${path}/${body.sid}`, { FriendlyName: "Greeting" });
    expect([renamed.status, renamed.body]).toEqual([
      200,
      { ...body, friendly_name: "Greeting", date_updated: renamed.body.date_updated },
    ]);
  });

  it("shares its name with another where a client wants so", async () => {
    const path = `/Services/${service.sid}/Assets`;
    const one = await call("POST", path, { FriendlyName: "/twice.mp3" });
    const two = await call("POST", path, { FriendlyName: "/twice.mp3" });
    expect([one.status, two.status]).toEqual([201, 201]);
    expect(one.body.sid).not.toBe(two.body.sid);
  });

  it("that is deleted is gone for clients, and kept for the builds that hold it", async () => {
    const path = `/Services/${service.sid}/Assets`;
    const { body } = await call("POST", path, { FriendlyName: "/going.mp3" });
    const deleted = await call("DELETE", `${path}/${body.sid}`);
    expect([deleted.status, deleted.text]).toEqual([204, ""]);
    expect((await call("GET", `${path}/${body.sid}`)).status).toBe(404);
    expect((await call("POST", `${path}/${body.sid}`, { FriendlyName: "x" })).status).toBe(404);
    expect((await call("DELETE", `${path}/${body.sid}`)).status).toBe(404);
    const listed = (await call("GET", path)).body.assets;
    expect(listed.map((asset: { sid: string }) => asset.sid)).not.toContain(body.sid);
    const row = await env.DB.prepare("SELECT date_deleted FROM resources WHERE sid = ?")
      .bind(body.sid)
      .first();
    expect(row).toEqual({ date_deleted: expect.stringMatching(/Z$/) });
  });

  it("of another service is not found, nor is a function of its SID", async () => {
    const other = await addService("other");
    const path = `/Services/${service.sid}/Assets`;
    const { body } = await call("POST", path, { FriendlyName: "/here.mp3" });
    expect((await call("GET", `/Services/${other.sid}/Assets/${body.sid}`)).status).toBe(404);
    expect((await call("GET", `/Services/${service.sid}/Functions/${body.sid}`)).status).toBe(404);
  });
});

describe("a function", () => {
  it("is created and found among the functions, not among the assets", async () => {
    const { status, body } = await call("POST", `/Services/${service.sid}/Functions`, {
      FriendlyName: "/hello",
    });
    expect(status).toBe(201);
    const url = `${service.links.functions}/${body.sid}`;
    expect(body).toMatchObject({ url, links: { function_versions: `${url}/Versions` } });
    expect((await call("GET", service.links.functions)).body.functions).toEqual([body]);
    expect((await call("GET", `${service.links.assets}/${body.sid}`)).status).toBe(404);
  });
});
