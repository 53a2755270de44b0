import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { storedValue } from "../stored-value.ts";
import { addEnvironment, addService, call } from "./client.ts";

// biome-ignore lint/suspicious/noExplicitAny: an answer of the API.
let service: any;
beforeAll(async () => {
  service = await addService("ahoy");
});

describe("an environment", () => {
  it("is created with every field and link of the contract", async () => {
    const { status, body } = await call("POST", `/Services/${service.sid}/Environments`, {
      UniqueName: "dev-environment",
      FriendlyName: "dev-environment Environment (Created by CLI)",
      DomainSuffix: "dev",
    });
    expect(status).toBe(201);
    const url = `http://localhost:8787/v1/Services/${service.sid}/Environments/${body.sid}`;
    expect(body).toEqual({
      sid: expect.stringMatching(/^ZE[0-9a-f]{32}$/),
      account_sid: "AC00000000000000000000000000000001",
      service_sid: service.sid,
      build_sid: null,
      unique_name: "dev-environment",
      domain_suffix: "dev",
      domain_name: `${service.domain_base}-dev.localhost:8787`,
      date_created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      date_updated: body.date_created,
      url,
      links: {
        variables: `${url}/Variables`,
        deployments: `${url}/Deployments`,
        logs: `${url}/Logs`,
      },
    });
    expect((await call("GET", `/Services/ahoy/Environments/${body.sid}`)).body).toEqual(body);
  });

  it.each([
    ["absent", { UniqueName: "production" }],
    ["empty", { UniqueName: "production", DomainSuffix: "" }],
  ])("has the service's own domain where DomainSuffix is %s", async (_case, form) => {
    const { sid, domain_base } = await addService(`suffixless-${_case}`);
    expect(await addEnvironment(sid, form)).toMatchObject({
      domain_suffix: null,
      domain_name: `${domain_base}.localhost:8787`,
    });
  });

  it("keeps the suffix as given and puts it in the domain in lower case", async () => {
    const environment = await addEnvironment(service.sid, {
      UniqueName: "qa",
      DomainSuffix: "QA-2",
    });
    expect(environment).toMatchObject({
      domain_suffix: "QA-2",
      domain_name: `${service.domain_base}-qa-2.localhost:8787`,
    });
  });

  it.each([
    ["a name that is taken", { UniqueName: "first", DomainSuffix: "other" }, "UniqueName first"],
    ["a suffix that is taken", { UniqueName: "other", DomainSuffix: "ONE" }, "DomainSuffix ONE"],
    ["no suffix for a second time", { UniqueName: "other" }, "without DomainSuffix"],
  ])("with %s is a 409", async (_case, form, said) => {
    const { sid } = await addService(`taken-${crypto.randomUUID().slice(0, 8)}`);
    await addEnvironment(sid, { UniqueName: "first", DomainSuffix: "one" });
    await addEnvironment(sid, { UniqueName: "second" });
    const { status, body } = await call("POST", `/Services/${sid}/Environments`, form);
    expect([status, body.code]).toEqual([409, 20409]);
    expect(body.message).toContain(said);
    await call("DELETE", `/Services/${sid}`);
  });

  it("created by two clients at once is created once", async () => {
    const path = `/Services/${service.sid}/Environments`;
    const form = { UniqueName: "race", DomainSuffix: "race" };
    const answers = await Promise.all(Array.from({ length: 8 }, () => call("POST", path, form)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(7).fill(409)]);
  });

  it("whose name would be no DNS label is refused with the reason", async () => {
    const long = await addService(`${"a".repeat(49)}z`);
    const { status, body } = await call("POST", `/Services/${long.sid}/Environments`, {
      UniqueName: "production",
      DomainSuffix: "suffix-of-16-chr",
    });
    expect([status, body.code]).toEqual([400, 20001]);
    expect(body.message).toMatch(/^Invalid parameter DomainSuffix: .* at most 63 characters long$/);
    await call("DELETE", `/Services/${long.sid}`);
  });

  it("takes its hostnames out of KV when it is deleted", async () => {
    const environment = await addEnvironment(service.sid, {
      UniqueName: "deployed",
      DomainSuffix: "deployed",
    });
    const key = `host:${service.domain_base}-deployed.localhost`;
    await env.MANIFESTS.put(key, "a manifest");
    const path = `/Services/${service.sid}/Environments/${environment.sid}`;
    const deleted = await call("DELETE", path);
    expect([deleted.status, deleted.text]).toEqual([204, ""]);
    expect(await storedValue(key)).toBeNull();
    expect((await call("GET", path)).status).toBe(404);
    expect((await call("DELETE", path)).status).toBe(404);
  });

  it("is not found through another service", async () => {
    const other = await addService("other-service");
    const environment = await addEnvironment(service.sid, {
      UniqueName: "own",
      DomainSuffix: "own",
    });
    const path = `/Services/${other.sid}/Environments/${environment.sid}`;
    expect((await call("GET", path)).status).toBe(404);
    expect((await call("DELETE", path)).status).toBe(404);
    expect((await call("GET", environment.url.replace(/.*\/v1/, ""))).status).toBe(200);
  });
});

describe("a service that is deleted", () => {
  it("takes the hostnames of all its environments and domains with it, and leaves a purge", async () => {
    const { sid, domain_base } = await addService("whole");
    await addEnvironment(sid, { UniqueName: "production" });
    const { sid: dev } = await addEnvironment(sid, { UniqueName: "dev", DomainSuffix: "dev" });
    await env.DB.prepare(
      `INSERT INTO domains (sid, account_sid, service_sid, environment_sid, hostname, date_created,
         date_updated) VALUES ('DM1', 'AC1', ?, ?, 'ivr.example.net', '', '')`,
    )
      .bind(sid, dev)
      .run();
    const keys = [`${domain_base}.localhost`, `${domain_base}-dev.localhost`, "ivr.example.net"];
    for (const key of keys) await env.MANIFESTS.put(`host:${key}`, "a manifest");
    expect((await call("DELETE", `/Services/${sid}`)).status).toBe(204);
    for (const key of keys) expect(await storedValue(`host:${key}`)).toBeNull();
    const left = await env.DB.prepare(
      `SELECT (SELECT count(*) FROM environments WHERE service_sid = ?1) AS environments,
         (SELECT count(*) FROM domains WHERE service_sid = ?1) AS domains,
         (SELECT count(*) FROM purges WHERE service_sid = ?1) AS purges`,
    )
      .bind(sid)
      .first();
    expect(left).toEqual({ environments: 0, domains: 0, purges: 1 });
  });
});
