import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
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
