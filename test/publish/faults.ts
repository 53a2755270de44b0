import { env } from "cloudflare:workers";

/** What the isolate does at its last operation: dies before it is done, or after, unanswered. */
export type Death = "before" | "after";

/** The error by which an isolate that is dead answers every operation. */
export class IsolateDied extends Error {}

/**
 * The Worker's bindings as an isolate sees them that dies at its `last` operation on a store (from
 * 1; Infinity: never). `operations` tells what it did.
 */
export function dyingBindings(last: number, death: Death) {
  const operations: string[] = [];
  let dead = false;

  async function operation<Result>(name: string, perform: () => Promise<Result>): Promise<Result> {
    if (dead) throw new IsolateDied(name);
    operations.push(name);
    const dies = operations.length === last;
    if (dies) dead = true;
    if (dies && death === "before") throw new IsolateDied(name);
    const result = await perform();
    if (dead) throw new IsolateDied(name);
    return result;
  }

  /** `target` with its methods of these names as operations. */
  function guarded<Target extends object>(
    target: Target,
    label: string,
    methods: string[],
  ): Target {
    return new Proxy(target, {
      get(_, name) {
        const member = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        if (!methods.includes(String(name))) return member.bind(target);
        return (...values: unknown[]) =>
          operation(`${label}.${String(name)}`, async () => {
            const result = await member.apply(target, values.map(unwrapped));
            return name === "createMultipartUpload" ? guardedUpload(result) : result;
          });
      },
    });
  }

  const guardedUpload = (upload: R2MultipartUpload) =>
    guarded(upload, "R2 upload", ["uploadPart", "complete", "abort"]);

  const statements = new WeakMap<object, D1PreparedStatement>();
  const guardedStatement = (statement: D1PreparedStatement): D1PreparedStatement => {
    const guard = guarded(statement, "D1", ["first", "all", "run", "raw"]);
    const bindable = new Proxy(guard, {
      get: (target, name) =>
        name === "bind"
          ? (...values: unknown[]) => guardedStatement(statement.bind(...values))
          : Reflect.get(target, name),
    });
    statements.set(bindable, statement);
    return bindable;
  };
  /** D1 takes only its own statements in a batch. */
  const unwrapped = (value: unknown) =>
    Array.isArray(value) && value.some((item) => statements.has(item))
      ? value.map((item) => statements.get(item))
      : value;

  const DB = new Proxy(guarded(env.DB, "D1", ["batch", "exec"]), {
    get: (target, name) =>
      name === "prepare"
        ? (sql: string) => guardedStatement(env.DB.prepare(sql))
        : Reflect.get(target, name),
  });
  const BYTES = guarded(env.BYTES, "R2", [
    "get",
    "head",
    "put",
    "delete",
    "list",
    "createMultipartUpload",
  ]);
  const MANIFESTS = guarded(env.MANIFESTS, "KV", [
    "get",
    "getWithMetadata",
    "put",
    "delete",
    "list",
  ]);
  return { bindings: { DB, BYTES, MANIFESTS }, operations };
}
