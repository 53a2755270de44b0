import { describe, expect, it } from "vitest";
import { addService, call } from "./client.ts";

const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

describe("a service", () => {
  it("is created with every field and link of the contract", async () => {
    const { status, body } = await call("POST", "/Services", {
      UniqueName: "Ahoy-Hotline",
      FriendlyName: "Ahoy hotline",
    });
    expect(status).toBe(201);
    const url = `http://localhost:8787/v1/Services/${body.sid}`;
    expect(body).toEqual({
      sid: expect.stringMatching(/^ZS[0-9a-f]{32}$/),
      account_sid: "AC00000000000000000000000000000001",
      friendly_name: "Ahoy hotline",
      unique_name: "Ahoy-Hotline",
      include_credentials: true,
      ui_editable: false,
      domain_base: expect.stringMatching(/^ahoy-hotline-\d{4}$/),
      date_created: expect.stringMatching(DATE),
      date_updated: body.date_created,
      url,
      links: {
        environments: `${url}/Environments`,
        functions: `${url}/Functions`,
        assets: `${url}/Assets`,
        builds: `${url}/Builds`,
      },
    });
  });

  it("is fetched by its SID and by its unique name", async () => {
    const service = await addService("by-name");
    expect((await call("GET", `/Services/${service.sid}`)).body).toEqual(service);
    expect((await call("GET", "/Services/by-name")).body).toEqual(service);
    expect((await call("GET", "/Services/BY-NAME")).status).toBe(404);
  });

  it("is changed in what is given alone", async () => {
    const service = await addService("changing");
    const { status, body } = await call("POST", `/Services/${service.sid}`, { UiEditable: "True" });
    expect(status).toBe(200);
    expect(body).toEqual({ ...service, ui_editable: true, date_updated: body.date_updated });
    const renamed = await call("POST", "/Services/changing", {
      FriendlyName: "Changed",
      IncludeCredentials: "false",
    });
    expect(renamed.body).toMatchObject({
      friendly_name: "Changed",
      include_credentials: false,
      ui_editable: true,
    });
  });

  it("is gone after its deletion, which answers 204 without a body", async () => {
    const service = await addService("leaving");
    const deleted = await call("DELETE", "/Services/leaving");
    expect([deleted.status, deleted.text]).toEqual([204, ""]);
    expect((await call("GET", `/Services/${service.sid}`)).body).toEqual({
      code: 20404,
      message: `The requested resource /Services/${service.sid} was not found`,
      more_info: "https://www.twilio.com/docs/errors/20404",
      status: 404,
    });
    expect((await call("DELETE", "/Services/leaving")).status).toBe(404);
  });

  it("created by two clients at once is created once", async () => {
    const form = { UniqueName: "race", FriendlyName: "race" };
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => call("POST", "/Services", form)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(7).fill(409)]);
    const refused = answers.find(({ status }) => status === 409);
    expect([refused?.body.code, refused?.body.message]).toEqual([
      20409,
      "Service with UniqueName race already exists",
    ]);
  });

  it.each([
    ["a name that makes no DNS label", "with_underscore", "letters, digits and hyphens"],
    ["a name that looks like a SID", `ZS${"a".repeat(32)}`, "form of a Service SID"],
    ["51 characters", "a".repeat(51), "at most 50 characters"],
  ])("with %s is refused with the reason", async (_case, UniqueName, said) => {
    const { status, body } = await call("POST", "/Services", { UniqueName, FriendlyName: "x" });
    expect([status, body.code]).toEqual([400, 20001]);
    expect(body.message).toMatch(/^Invalid parameter UniqueName: /);
    expect(body.message).toContain(said);
  });
});
