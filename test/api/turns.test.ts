import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { oneByOne } from "../../src/api/turns.ts";
import { addAccount, apiRequest, type Credentials, callWith } from "./client.ts";

/** Bindings whose database answers nothing until it is let go, and how many calls wait for it. */
function heldDatabase() {
  let waiting = 0;
  let most = 0;
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  const DB = new Proxy(env.DB, {
    get(target, name) {
      if (name !== "prepare") return Reflect.get(target, name).bind(target);
      return (sql: string) => {
        const statement = target.prepare(sql);
        return /FROM accounts/.test(sql) ? held(statement) : statement;
      };
    },
  });
  function held(statement: D1PreparedStatement): D1PreparedStatement {
    return new Proxy(statement, {
      get(target, name) {
        if (name === "bind") return (...values: unknown[]) => held(target.bind(...values));
        return async (...given: unknown[]) => {
          waiting += 1;
          most = Math.max(most, waiting);
          await opened;
          waiting -= 1;
          return Reflect.get(target, name).apply(target, given);
        };
      },
    });
  }
  return { DB, open, most: () => most, waiting: () => waiting };
}

describe("calls of one client", () => {
  it("are eight at once; the others wait, and are answered", async () => {
    const { DB, open, most, waiting } = heldDatabase();
    const [one, two] = [await addAccount("Busy"), await addAccount("Beside")];
    const list = (credentials: Credentials) =>
      callWith({ DB }, apiRequest("GET", "/Services", undefined, credentials));
    const many = Array.from({ length: 20 }, () => list(one));
    const beside = list(two);
    await scheduler.wait(100);
    expect(waiting()).toBe(9);
    open();
    const answers = await Promise.all([...many, beside]);
    expect(answers.map(({ status }) => status)).toEqual(Array(21).fill(200));
    expect(most()).toBe(9);
  });
});

describe("large lists", () => {
  it("are made one by one for an account, and beside those of others", async () => {
    const underWay = { a: 0, b: 0 };
    const most = { a: 0, b: 0, both: 0 };
    const list = (account: "a" | "b") =>
      oneByOne(`AC-${account}`, async () => {
        underWay[account] += 1;
        most[account] = Math.max(most[account], underWay[account]);
        most.both = Math.max(most.both, underWay.a + underWay.b);
        await scheduler.wait(50);
        underWay[account] -= 1;
        return account;
      });
    expect(await Promise.all([list("a"), list("a"), list("b"), list("a")])).toEqual([..."aaba"]);
    expect(most).toEqual({ a: 1, b: 1, both: 2 });
  });

  it("give their turn back where they fail", async () => {
    await expect(oneByOne("AC-c", () => Promise.reject(new Error("none")))).rejects.toThrow("none");
    expect(await oneByOne("AC-c", async () => 1)).toBe(1);
  });
});
