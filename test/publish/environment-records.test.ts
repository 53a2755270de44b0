import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { seal } from "../../src/contract/account-record.ts";
import { decodeEnvironmentRecord } from "../../src/contract/environment-record.ts";
import { publishEnvironmentRecord } from "../../src/publish/environment-records.ts";
import { maintain } from "../../src/publish/maintenance.ts";
import { addAccount, addEnvironment, addService, call } from "../api/client.ts";
import { addBuild, deploy } from "../api/deployed.ts";
import { addFunctionVersion } from "../api/uploads.ts";
import { storedValue } from "../stored-value.ts";

const SOURCE = "exports.handler = (context, event, callback) => callback(null, 'hello');";
const TIMES = { undeployed_build_hours: 24, unused_version_hours: 168, deleted_service_hours: 1 };

// biome-ignore lint/suspicious/noExplicitAny: answers are checked field by field.
let service: any;
// biome-ignore lint/suspicious/noExplicitAny: as above.
let environment: any;

beforeEach(async () => {
  const name = `records-${crypto.randomUUID().slice(0, 8)}`;
  service = await addService(name);
  environment = await addEnvironment(service.sid, { UniqueName: "dev" });
});

/** An account has at most ten. */
afterEach(() => call("DELETE", service.url));

async function deployFunctions() {
  const { sid } = await addFunctionVersion(service.sid, { path: "/hello", content: SOURCE });
  const { body } = await call("POST", service.links.builds, { FunctionVersions: sid });
  const deployed = await deploy(environment.url, body.sid);
  expect(deployed.status).toBe(201);
  return body;
}

function setVariable(Key: string, Value: string) {
  return call("POST", environment.links.variables, { Key, Value });
}

async function stored(sid = environment.sid) {
  const entry = await env.MANIFESTS.getWithMetadata<{ revision: string }>(`environment:${sid}`);
  if (entry.value === null) return null;
  return {
    record: await decodeEnvironmentRecord(entry.value, sid, env.ENCRYPTION_KEY),
    revision: entry.metadata?.revision,
    value: entry.value,
  };
}

describe("the record of an environment", () => {
  it("is written when functions are deployed, sealed", async () => {
    await setVariable("GREETING", "ahoy-there");
    await setVariable("A", "1");
    expect(await stored()).toBeNull();
    await deployFunctions();
    const { record, value, revision } = (await stored()) ?? {};
    expect(record).toEqual({
      variables: { A: "1", GREETING: "ahoy-there" },
      includeCredentials: true,
    });
    expect(revision).toMatch(/^[0-9a-f]{64}$/);
    expect(atob(value as string)).not.toContain("ahoy-there");
  });

  it("is not written for assets alone", async () => {
    const build = await addBuild(service.sid, [{}]);
    await deploy(environment.url, build.sid);
    await setVariable("A", "1");
    expect(await stored()).toBeNull();
  });

  it("follows its variables and its service, with a revision for each state", async () => {
    await deployFunctions();
    const revisions = [(await stored())?.revision];
    const check = async (expected: object) => {
      const { record, revision } = (await stored()) ?? {};
      expect(record).toEqual(expected);
      revisions.push(revision);
    };
    const { body: variable } = await setVariable("A", "1");
    await check({ variables: { A: "1" }, includeCredentials: true });
    await call("POST", variable.url, { Value: "2" });
    await check({ variables: { A: "2" }, includeCredentials: true });
    await call("POST", service.url, { IncludeCredentials: "false" });
    await check({ variables: { A: "2" }, includeCredentials: false });
    expect(new Set(revisions).size).toBe(4);
    await call("POST", service.url, { IncludeCredentials: "true" });
    await call("DELETE", variable.url);
    await check({ variables: {}, includeCredentials: true });
    expect(revisions.at(-1)).toBe(revisions[0]);
  });

  it("has all of many variables that are set at once", async () => {
    await deployFunctions();
    const keys = Array.from({ length: 10 }, (_, index) => `K${index}`);
    await Promise.all(keys.map((key) => setVariable(key, key)));
    expect(Object.keys((await stored())?.record?.variables ?? {})).toEqual(keys);
  });

  it("goes with its environment", async () => {
    await deployFunctions();
    await call("DELETE", environment.url);
    expect(await stored()).toBeNull();
  });

  it("goes with its service", async () => {
    await deployFunctions();
    await call("DELETE", service.url);
    expect(await stored()).toBeNull();
  });

  it("goes with its account", async () => {
    const account = await addAccount("records");
    await deployFunctions();
    await env.DB.batch(
      ["services", "environments"].map((table) =>
        env.DB.prepare(
          `UPDATE ${table} SET account_sid = ?1 WHERE sid IN ('${service.sid}', '${environment.sid}')`,
        ).bind(account.username),
      ),
    );
    expect((await call("DELETE", `/Accounts/${account.username}`)).status).toBe(204);
    expect(await stored()).toBeNull();
  });

  it("leaves out a variable that another ENCRYPTION_KEY sealed", async () => {
    await setVariable("A", "1");
    const { body } = await setVariable("B", "2");
    const foreign = await seal("2", `variable:${body.sid}`, btoa("x".repeat(32)));
    await env.DB.prepare("UPDATE variables SET value = ? WHERE sid = ?")
      .bind(foreign, body.sid)
      .run();
    await deployFunctions();
    expect((await stored())?.record?.variables).toEqual({ A: "1" });
  });
});

describe("the scheduled repair", () => {
  const run = () => maintain(env, () => {}, TIMES);

  it("writes what KV lost or has otherwise, and leaves the rest alone", async () => {
    await setVariable("A", "1");
    await deployFunctions();
    const before = (await stored()) ?? { value: "" };
    expect(await run()).toMatchObject({ environment_records_written: 0 });
    expect((await stored())?.value).toBe(before.value);
    await env.MANIFESTS.delete(`environment:${environment.sid}`);
    expect(await run()).toMatchObject({ environment_records_written: 1 });
    await env.MANIFESTS.put(`environment:${environment.sid}`, before.value, {
      metadata: { revision: "old" },
    });
    expect(await run()).toMatchObject({ environment_records_written: 1 });
    expect((await stored())?.record?.variables).toEqual({ A: "1" });
  });

  it("deletes the records of environments that are gone or serve no functions", async () => {
    await deployFunctions();
    const gone = `environment:ZE${"0".repeat(32)}`;
    await env.MANIFESTS.put(gone, "x");
    await deploy(environment.url);
    expect(await run()).toMatchObject({ environment_records_deleted: 2 });
    expect(await storedValue(gone)).toBeNull();
    expect(await stored()).toBeNull();
  });
});

describe("where KV refuses for its pace", () => {
  it("the record is left to the repair", { timeout: 20_000 }, async () => {
    await deployFunctions();
    const MANIFESTS = {
      ...{ put: () => Promise.reject(new Error("KV PUT failed: 429 Too Many Requests")) },
    } as unknown as KVNamespace;
    await expect(
      publishEnvironmentRecord({ ...env, MANIFESTS }, () => {}, environment.sid),
    ).resolves.toBeUndefined();
  });
});

describe("rebuilding KV", () => {
  it("writes the records too", async () => {
    await setVariable("A", "1");
    await deployFunctions();
    await env.MANIFESTS.delete(`environment:${environment.sid}`);
    for (let cursor: string | null = "accounts:"; cursor !== null; ) {
      const { status, body } = await call("POST", "/Republish", { Cursor: cursor });
      expect(status).toBe(200);
      cursor = body.next;
    }
    expect((await stored())?.record?.variables).toEqual({ A: "1" });
  });
});
