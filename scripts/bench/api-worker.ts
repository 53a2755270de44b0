/**
 * Ringback as the control plane's bench runs it: the real entry over the local stores, telling in each
 * answer how many times D1 was asked for it; and, under `/bare`, the least that an upload can be.
 */
import worker from "../../src/worker.ts";

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext) {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/bare/")) {
      await env.BYTES.put(pathname, request.body);
      return new Response(null, { status: 201 });
    }
    const { db, count } = countingDatabase(env.DB);
    const answer = await worker.fetch(request as never, { ...env, DB: db }, ctx);
    const counted = new Response(answer.body, answer);
    counted.headers.set("X-D1-Queries", String(count()));
    return counted;
  },
};

/** A database that counts its round trips: a batch is one. */
function countingDatabase(database: D1Database) {
  let queries = 0;
  const originals = new WeakMap<D1PreparedStatement, D1PreparedStatement>();
  const counted = (statement: D1PreparedStatement): D1PreparedStatement => {
    const proxy = new Proxy(statement, {
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
    originals.set(proxy, statement);
    return proxy;
  };
  const db = new Proxy(database, {
    get(target, name) {
      if (name === "prepare") return (sql: string) => counted(target.prepare(sql));
      if (name === "batch") {
        return (statements: D1PreparedStatement[]) => {
          queries++;
          return target.batch(statements.map((statement) => originals.get(statement) ?? statement));
        };
      }
      const member = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
  return { db, count: () => queries };
}
