import { env } from "cloudflare:workers";
import { vi } from "vitest";

export type StoreName = "kv" | "r2" | "d1" | "cache";

/** What becomes of a call: it fails, waits first, finds nothing, or brings only its first bytes. */
export type Effect =
  | { fails: string }
  | { waits: number }
  | { finds: "nothing" }
  | { truncatesTo: number };

export type Rule = {
  store: StoreName;
  /** The method, as `get`; every one where missing. */
  method?: string;
  /** Which calls, by what they were given: the key, or the text of a statement. */
  when?: (argument: unknown) => boolean;
  effect: Effect;
};

/** What each store says when it is down; the texts are Cloudflare's own. */
export const DOWN: Record<StoreName, Rule> = {
  kv: { store: "kv", effect: { fails: "KV GET failed: 500 Internal Server Error" } },
  r2: { store: "r2", effect: { fails: "get: We encountered an internal error. (10001)" } },
  d1: { store: "d1", effect: { fails: "D1_ERROR: Network connection lost." } },
  cache: { store: "cache", effect: { fails: "Cache API is not available" } },
};

/**
 * The Worker's bindings and its Cache API over the real ones, whose calls obey `rules` as they stand
 * when a call is made: a test breaks a store, and mends it, while the isolate lives.
 */
export function faultyStores() {
  const stores = { rules: [] as Rule[], env: {} as Env, cache: openCache };

  async function call(
    store: StoreName,
    method: string,
    argument: unknown,
    perform: () => unknown,
  ): Promise<unknown> {
    const rule = stores.rules.find(
      (candidate) =>
        candidate.store === store &&
        (candidate.method ?? method) === method &&
        (candidate.when?.(argument) ?? true),
    );
    if (!rule) return perform();
    const { effect } = rule;
    if ("fails" in effect) throw new Error(effect.fails);
    if ("waits" in effect) {
      await scheduler.wait(effect.waits);
      return perform();
    }
    const found = await perform();
    return "finds" in effect ? nothing(store, method) : truncated(found, effect.truncatesTo);
  }

  function faulty<Target extends object>(store: StoreName, target: Target): Target {
    return new Proxy(target, {
      get(_, name) {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        return (...values: unknown[]) =>
          call(store, String(name), values[0], () => member.apply(target, values));
      },
    });
  }

  /** D1 takes only its own statements in a batch. */
  const own = new WeakMap<object, D1PreparedStatement>();
  function statement(real: D1PreparedStatement, sql: string): D1PreparedStatement {
    const proxy = new Proxy(real, {
      get(_, name) {
        const member = Reflect.get(real, name) as (...values: unknown[]) => unknown;
        if (name === "bind") {
          return (...values: unknown[]) => statement(real.bind(...values), sql);
        }
        return (...values: unknown[]) =>
          call("d1", String(name), sql, () => member.apply(real, values));
      },
    });
    own.set(proxy, real);
    return proxy;
  }

  async function openCache(): Promise<Cache> {
    return faulty("cache", await realOpen("ringback-bytes"));
  }

  stores.env = {
    ...env,
    MANIFESTS: faulty("kv", env.MANIFESTS),
    BYTES: faulty("r2", env.BYTES),
    DB: {
      prepare: (sql: string) => statement(env.DB.prepare(sql), sql),
      batch: (statements: D1PreparedStatement[]) =>
        call("d1", "batch", undefined, () =>
          env.DB.batch(statements.map((item) => own.get(item) ?? item)),
        ),
    } as unknown as D1Database,
  };
  return stores;
}

const realOpen = caches.open.bind(caches);

function nothing(store: StoreName, method: string): unknown {
  if (store === "cache") return undefined;
  return method === "getWithMetadata" ? { value: null, metadata: null } : null;
}

/** The same answer, whose body ends after `length` bytes as if that were all. */
function truncated(found: unknown, length: number): unknown {
  if (found === null || found === undefined) return found;
  if (found instanceof Response) {
    const { headers } = found;
    return new Response(found.body && firstBytes(found.body, length), { headers });
  }
  const { body, value } = found as { body?: ReadableStream; value?: ReadableStream };
  const short = body && firstBytes(body, length);
  const shortened = {
    ...(short && { body: short, arrayBuffer: () => new Response(short).arrayBuffer() }),
    ...(value && { value: firstBytes(value, length) }),
  };
  return new Proxy(found, {
    get(target, name) {
      if (name in shortened) return Reflect.get(shortened, name);
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}

function firstBytes(body: ReadableStream, length: number): ReadableStream {
  let left = length;
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        if (left > 0) controller.enqueue(chunk.subarray(0, left));
        left -= Math.min(left, chunk.byteLength);
      },
    }),
  );
}

/** Makes every Worker's Cache API the one of `stores` until `vi.restoreAllMocks()`. */
export function useCacheOf(stores: { cache: () => Promise<Cache> }): void {
  vi.spyOn(caches, "open").mockImplementation(stores.cache);
}
