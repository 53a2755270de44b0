import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { apiRequest, callWith, type Form } from "../api/client.ts";
import { addProject } from "../api/deployed.ts";

/** Small tables, and lists that a statement brings itself. */
/** Among them the files of the two builds that a deployment compares. */
const MAY_BE_READ_WHOLE =
  /^SCAN (?:CONSTANT ROW|accounts|both|paths|differing|\(subquery-\d+\)|services USING COVERING INDEX \w+|\w+ VIRTUAL TABLE .*)$/;

it("no call of the API reads a table whole that grows with the installation", async () => {
  const { service, environment, build } = await addProject("plans");
  const services = `/Services/${service.sid}`;
  const asset = `${services}/Assets/${build.asset_versions[0].asset_sid}`;
  const here = `${services}/Environments/${environment.sid}`;
  const version = { AssetVersions: build.asset_versions[0].sid };
  const { statements, DB } = collectingDatabase();
  const requests: [method: string, path: string, form?: Form][] = [
    ["GET", "/Services"],
    ["POST", "/Services", { UniqueName: "another", FriendlyName: "another" }],
    ["GET", `${services}/Environments`],
    ["POST", `${services}/Environments`, { UniqueName: "q", DomainSuffix: "q" }],
    ["GET", `${services}/Assets`],
    ["POST", `${services}/Assets`, { FriendlyName: "another" }],
    ["GET", asset],
    ["GET", `${asset}/Versions`],
    ["POST", `${services}/Builds`, version],
    ["GET", `${services}/Builds`],
    ["GET", `${services}/Builds/${build.sid}`],
    ["POST", `${here}/Deployments`, { BuildSid: build.sid }],
    ["GET", `${here}/Deployments`],
    ["POST", `${here}/Variables`, { Key: "A", Value: "1" }],
    ["GET", `${here}/Variables`],
    ["GET", `${here}/Logs`],
    ["GET", `${here}/Logs?FunctionSid=ZH${"0".repeat(32)}`],
    ["POST", `${here}/Domains`, { Hostname: "plans.shop.example" }],
    ["GET", `${here}/Domains`],
    ["GET", "/Usage"],
    ["GET", "/Keys"],
    ["GET", `${services}/AssetVersions`],
    [
      "POST",
      `${services}/Draft`,
      { Versions: build.asset_versions[0].sid, Removed: `ZH${"0".repeat(32)}` },
    ],
    ["POST", `${services}/VersionFacts`, { Facts: "{}" }],
    ["DELETE", here],
    ["DELETE", services],
  ];
  for (const [method, path, form] of requests) {
    const { status } = await callWith({ DB }, apiRequest(method, path, form));
    expect([method, path, status < 300]).toEqual([method, path, true]);
  }
  expect(statements.size).toBeGreaterThan(30);
  for (const [sql, values] of statements) {
    const plan = env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`).bind(...values);
    const { results } = await plan.all<{ detail: string }>();
    const read = results
      .map(({ detail }) => detail)
      .filter((detail) => detail.startsWith("SCAN") && !MAY_BE_READ_WHOLE.test(detail));
    expect([sql, read]).toEqual([sql, []]);
  }
});

/** A database that keeps each statement's text with the values it was last given. */
function collectingDatabase() {
  const statements = new Map<string, unknown[]>();
  const DB = new Proxy(env.DB, {
    get(target, name) {
      if (name !== "prepare") return Reflect.get(target, name).bind(target);
      return (sql: string) => {
        statements.set(sql, []);
        const statement = target.prepare(sql);
        const bind = statement.bind.bind(statement);
        statement.bind = (...values: unknown[]) => {
          statements.set(sql, values);
          return bind(...values);
        };
        return statement;
      };
    },
  });
  return { statements, DB };
}
