import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { expireBuilds } from "../../src/publish/retention.ts";
import { deleteAccount } from "../../src/store/accounts.ts";
import { BUILDS_AT_ONCE } from "../../src/store/clear-services.ts";
import { BUILDS_PER_STATEMENT } from "../../src/store/retention.ts";
import { deleteService } from "../../src/store/services.ts";
import {
  addAccount,
  addEnvironment,
  addService,
  type Credentials,
  OPERATOR,
} from "../api/client.ts";

/** One of them is deployed. */
const BUILDS = BUILDS_AT_ONCE + 2 * BUILDS_PER_STATEMENT + 20;
const LONG_AGO = "2020-01-01T00:00:00Z";
const TIMES = { undeployed_build_hours: 24, unused_version_hours: 168, deleted_service_hours: 1 };

/** A service with many builds, one of them deployed. */
async function addLargeService(uniqueName: string, credentials: Credentials = OPERATOR) {
  const { sid } = await addService(uniqueName, credentials);
  const environment = await addEnvironment(sid, { UniqueName: "dev" }, credentials);
  const numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?3)";
  await env.DB.batch([
    env.DB.prepare(
      `${numbers} INSERT INTO builds (sid, account_sid, service_sid, status, runtime, dependencies,
         errors, date_created, date_updated)
       SELECT ?1 || '-' || i, ?2, ?1, 'completed', 'node22', '[]', '[]', ?4, ?4 FROM n`,
    ).bind(sid, credentials.username, BUILDS, LONG_AGO),
    env.DB.prepare("UPDATE environments SET build_sid = ?1 || '-1' WHERE sid = ?2").bind(
      sid,
      environment.sid,
    ),
  ]);
  return { sid: sid as string };
}

/** A database that writes down how many rows each statement deletes of these tables. */
function watchedDatabase() {
  const deleted = { builds: [] as number[] };
  const DB = new Proxy(env.DB, {
    get(target, name) {
      if (name !== "prepare") return Reflect.get(target, name).bind(target);
      return (sql: string) => {
        const [, table] = /^\s*DELETE FROM (builds)\b/.exec(sql) ?? [];
        const statement = target.prepare(sql);
        if (table === undefined) return statement;
        return {
          bind: (...values: unknown[]) => ({
            async all() {
              const answer = await statement.bind(...values).all();
              deleted.builds.push(answer.results.length);
              return answer;
            },
          }),
        };
      };
    },
  });
  return { deleted, DB };
}

async function rowsLeft(serviceSid: string): Promise<number> {
  const count = (table: string) => `(SELECT count(*) FROM ${table} WHERE service_sid = ?1)`;
  const sql = `SELECT ${count("builds")} + ${count("environments")} AS rows`;
  return Number(await env.DB.prepare(sql).bind(serviceSid).first("rows"));
}

describe("what has more rows than one statement of D1 may take its time for", () => {
  it("is deleted in pieces with a service", async () => {
    const { sid } = await addLargeService("large");
    const { deleted, DB } = watchedDatabase();
    expect(await deleteService(DB, OPERATOR.username, sid, LONG_AGO)).not.toBeNull();
    expect(deleted).toEqual({ builds: [50, 50, 19] });
    expect(await rowsLeft(sid)).toBe(0);
  });

  it("is deleted in pieces with an account", async () => {
    const account = await addAccount("large");
    const { sid } = await addLargeService("large", account);
    const { deleted, DB } = watchedDatabase();
    expect(await deleteAccount(DB, account.username, LONG_AGO)).not.toBeNull();
    expect(deleted).toEqual({ builds: [50, 50, 19] });
    expect(await rowsLeft(sid)).toBe(0);
  });

  it("stays where the service, or the account, is another's", async () => {
    const { sid } = await addLargeService("large");
    const before = await rowsLeft(sid);
    expect(await deleteService(env.DB, "AC1", sid, LONG_AGO)).toBeNull();
    expect(await deleteAccount(env.DB, OPERATOR.username, LONG_AGO)).toBeNull();
    expect(await rowsLeft(sid)).toBe(before);
    await deleteService(env.DB, OPERATOR.username, sid, LONG_AGO);
  });

  it("is deleted in pieces when builds expire, and all in one run", async () => {
    await addLargeService("expired");
    const { deleted, DB } = watchedDatabase();
    expect(await expireBuilds({ ...env, DB }, TIMES)).toBe(BUILDS - 1);
    expect(deleted.builds).toEqual([50, 50, 50, 50, 50, 50, 19, 0]);
  });
});
