import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { addEnvironment, addService, call } from "./client.ts";

// biome-ignore lint/suspicious/noExplicitAny: answers of the API.
let service: any, environment: any, path: string;
beforeAll(async () => {
  service = await addService("ahoy");
  environment = await addEnvironment(service.sid, { UniqueName: "production" });
  path = `/Services/${service.sid}/Environments/${environment.sid}/Variables`;
});

describe("a variable", () => {
  it("is created, fetched, changed and deleted, its value in clear", async () => {
    const { status, body } = await call("POST", path, { Key: "API_KEY", Value: "päss & word\n2" });
    expect(status).toBe(201);
    expect(body).toEqual({
      sid: expect.stringMatching(/^ZV[0-9a-f]{32}$/),
      account_sid: "AC00000000000000000000000000000001",
      service_sid: service.sid,
      environment_sid: environment.sid,
      key: "API_KEY",
      value: "päss & word\n2",
      date_created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      date_updated: body.date_created,
      url: `http://localhost:8787/v1${path}/${body.sid}`,
    });
    const own = `${path}/${body.sid}`;
    expect((await call("GET", own)).body).toEqual(body);
    expect((await call("POST", own, { Value: "new" })).body).toMatchObject({
      key: "API_KEY",
      value: "new",
    });
    expect((await call("POST", own, { Key: "API_SECRET" })).body).toMatchObject({
      key: "API_SECRET",
      value: "new",
    });
    expect((await call("GET", path)).body.variables).toMatchObject([
      { sid: body.sid, key: "API_SECRET", value: "new" },
    ]);
    expect((await call("DELETE", own)).status).toBe(204);
    expect((await call("GET", own)).status).toBe(404);
    expect((await call("DELETE", own)).status).toBe(404);
  });

  it("is one of at most 1,000 of its environment", async () => {
    const { sid } = await addEnvironment(service.sid, { UniqueName: "full", DomainSuffix: "full" });
    const full = `/Services/${service.sid}/Environments/${sid}/Variables`;
    const first = await call("POST", full, { Key: "FIRST", Value: "1" });
    await env.DB.prepare(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
       INSERT INTO variables (sid, account_sid, service_sid, environment_sid, key, value,
         date_created, date_updated)
       SELECT sid || i, account_sid, service_sid, environment_sid, key || i, value, date_created,
         date_updated FROM variables, n WHERE sid = ?`,
    )
      .bind(first.body.sid)
      .run();
    const { status, body } = await call("POST", full, { Key: "ONE_MORE", Value: "1" });
    expect([status, body.code, body.message]).toEqual([
      400,
      20001,
      "Variables are limited to less than or equal to 1000 in an Environment",
    ]);
    expect((await call("POST", `${full}/${first.body.sid}`, { Value: "2" })).status).toBe(200);
    expect((await call("DELETE", `${full}/${first.body.sid}`)).status).toBe(204);
    expect((await call("POST", full, { Key: "ONE_MORE", Value: "1" })).status).toBe(201);
  });

  it("is sealed at rest", async () => {
    const { body } = await call("POST", path, { Key: "SEALED", Value: "in-clear-nowhere" });
    const row = await env.DB.prepare("SELECT value FROM variables WHERE sid = ?")
      .bind(body.sid)
      .first<{ value: string }>();
    const bytes = new TextDecoder("latin1").decode(Uint8Array.fromBase64(row?.value ?? ""));
    expect(bytes).not.toContain("clear");
  });

  it("whose value was moved from another row is not opened", async () => {
    const one = await call("POST", path, { Key: "ONE", Value: "1" });
    const two = await call("POST", path, { Key: "TWO", Value: "2" });
    await env.DB.prepare(
      "UPDATE variables SET value = (SELECT value FROM variables WHERE sid = ?) WHERE sid = ?",
    )
      .bind(one.body.sid, two.body.sid)
      .run();
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    const { status, body } = await call("GET", `${path}/${two.body.sid}`);
    const line = JSON.parse(String(log.mock.calls[0]?.[0]));
    log.mockRestore();
    expect([status, body.value]).toEqual([200, null]);
    expect(line).toMatchObject({ event: "variable-unreadable", sid: two.body.sid });
  });

  it("with a key that is taken is a 409", async () => {
    await call("POST", path, { Key: "TAKEN", Value: "1" });
    const other = await call("POST", path, { Key: "FREE", Value: "1" });
    const created = await call("POST", path, { Key: "TAKEN", Value: "2" });
    const renamed = await call("POST", `${path}/${other.body.sid}`, { Key: "TAKEN" });
    expect([created.status, created.body.code]).toEqual([409, 20409]);
    expect([renamed.status, renamed.body.code]).toEqual([409, 20409]);
  });

  it("created by two clients at once is created once", async () => {
    const form = { Key: "RACE", Value: "1" };
    const answers = await Promise.all(Array.from({ length: 8 }, () => call("POST", path, form)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(7).fill(409)]);
  });

  it.each([
    ["a key of 128 characters", { Key: "K".repeat(128), Value: "v" }, 201],
    ["a key of 129", { Key: "K".repeat(129), Value: "v" }, 400],
    ["a value of 450 bytes", { Key: "long", Value: "é".repeat(225) }, 201],
    ["a value of 451 bytes", { Key: "longer", Value: `${"é".repeat(225)}v` }, 400],
    ["an empty value", { Key: "empty", Value: "" }, 400],
    ["no value", { Key: "none" }, 400],
  ])("with %s", async (_case, form, expected) => {
    const { status } = await call("POST", path, form as Record<string, string>);
    expect(status).toBe(expected);
  });
});
