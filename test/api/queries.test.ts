import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { addService, apiRequest, call, callWith } from "./client.ts";

describe("hot calls", () => {
  it("make at most two queries beside the one that authenticates a subaccount or key", async () => {
    const { sid } = await addService("counted");
    const environment = await call("POST", `/Services/${sid}/Environments`, { UniqueName: "p" });
    const variables = `/Services/${sid}/Environments/${environment.body.sid}/Variables`;
    const variable = await call("POST", variables, { Key: "A", Value: "1" });
    const asset = await call("POST", `/Services/${sid}/Assets`, { FriendlyName: "/a" });
    const requests: [string, string, Record<string, string>?][] = [
      ["GET", "/Services"],
      ["GET", `/Services/${sid}`],
      ["GET", `/Services/${sid}/Environments`],
      ["POST", `/Services/${sid}/Environments`, { UniqueName: "q", DomainSuffix: "q" }],
      ["GET", `/Services/${sid}/Assets`],
      ["POST", `/Services/${sid}/Assets`, { FriendlyName: "/b" }],
      ["GET", `/Services/${sid}/Assets/${asset.body.sid}`],
      ["GET", variables],
      ["POST", variables, { Key: "B", Value: "1" }],
      ["POST", `${variables}/${variable.body.sid}`, { Value: "2" }],
      ["GET", `/Services/${sid}/Environments/${environment.body.sid}/Logs`],
    ];
    for (const [method, path, form] of requests) {
      const { DB, count } = countingDatabase();
      const { status } = await callWith({ DB }, apiRequest(method, path, form));
      expect([method, path, status < 300, count() <= 2]).toEqual([method, path, true, true]);
    }
  });

  /** A database that counts its round trips. */
  function countingDatabase() {
    let queries = 0;
    const counted = (statement: D1PreparedStatement): D1PreparedStatement =>
      new Proxy(statement, {
        get(target, name) {
          if (name === "bind") return (...values: unknown[]) => counted(target.bind(...values));
          const member = Reflect.get(target, name);
          if (typeof member !== "function") return member;
          return (...given: unknown[]) => {
            queries++;
            return member.apply(target, given);
          };
        },
      });
    const DB = new Proxy(env.DB, {
      get(target, name) {
        if (name === "prepare") return (sql: string) => counted(target.prepare(sql));
        queries++;
        return Reflect.get(target, name).bind(target);
      },
    });
    return { DB, count: () => queries };
  }
});
