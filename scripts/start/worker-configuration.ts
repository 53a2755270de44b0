import { readFileSync } from "node:fs";
import path from "node:path";
import type { MiniflareOptions } from "miniflare";
import { parse } from "smol-toml";
import { StartFailure } from "./failure.ts";

type AssetsOptions = NonNullable<MiniflareOptions["workers"][number]["config"]["assets"]>;

/** wrangler.toml, as the local runtime wants it. */
export type WorkerConfiguration = {
  name: string;
  compatibilityDate: string;
  compatibilityFlags: string[];
  /** Stores, limits and variables, by binding. The built assets are another Worker's, see `assets`. */
  bindings: Record<string, { type: string; [option: string]: unknown }>;
  assets: { binding: string } & AssetsOptions;
  /** Classes of Durable Objects that the Worker exports; their storage is SQLite's. */
  durableObjects: string[];
  /** The D1 binding, and the directory of its migrations. */
  database: { binding: string; migrations: string };
  /** The schedule as Cloudflare is told it. */
  cron: string;
  /** The same as a number: a run is due at each multiple of it. */
  scheduleMinutes: number;
};

/**
 * What is local: the file names what is deployed. The name is where Durable Objects keep their files below
 * the state directory: with another one, what is kept there would not be found again.
 */
const LOCAL = {
  name: "ringback",
  variables: { BASE_DOMAIN: "localhost:8787", NPM_REGISTRY: "" },
};

type File = {
  compatibility_date: string;
  compatibility_flags: string[];
  vars: Record<string, unknown>;
  kv_namespaces: { binding: string; preview_id: string }[];
  r2_buckets: { binding: string; preview_bucket_name: string }[];
  d1_databases: [{ binding: string; preview_database_id: string; migrations_dir: string }];
  ratelimits: { name: string; namespace_id: string; simple: object }[];
  worker_loaders: { binding: string }[];
  durable_objects: { bindings: { name: string; class_name: string }[] };
  migrations: { new_sqlite_classes: string[] }[];
  assets: {
    binding: string;
    directory: string;
    html_handling: string;
    not_found_handling: string;
  };
  triggers: { crons: [string] };
};

const UNDERSTOOD = new Set([
  ...["compatibility_date", "compatibility_flags", "vars", "kv_namespaces", "r2_buckets"],
  ...["d1_databases", "ratelimits", "worker_loaders", "durable_objects", "migrations", "assets"],
  "triggers",
  // These mean nothing here: where the code is, how it is built, deployed and watched.
  ...["name", "main", "workers_dev", "preview_urls", "build", "placement", "limits"],
  ...["keep_vars", "observability"],
]);

/**
 * Reads wrangler.toml at `configPath`. Throws StartFailure for a part of it that is not understood
 * here, which the Worker would miss without a word.
 */
export function readWorkerConfiguration(configPath: string): WorkerConfiguration {
  const file = parse(readFileSync(configPath, "utf8")) as unknown as File;
  const directory = path.dirname(configPath);
  for (const key of Object.keys(file)) {
    if (!UNDERSTOOD.has(key))
      throw new StartFailure(`npm start does not know "${key}" of wrangler.toml`);
  }
  const { assets, d1_databases, triggers, vars } = file;
  const [cron] = triggers.crons;
  const minutes = /^\*\/([1-9]\d?) \* \* \* \*$/.exec(cron)?.[1];
  if (minutes === undefined) {
    throw new StartFailure(`npm start does not understand the schedule "${cron}" of wrangler.toml`);
  }
  const named = <Row>(rows: Row[], name: (row: Row) => string, binding: (row: Row) => object) =>
    Object.fromEntries(rows.map((row) => [name(row), binding(row)]));
  return {
    name: LOCAL.name,
    compatibilityDate: file.compatibility_date,
    compatibilityFlags: file.compatibility_flags,
    bindings: {
      ...named(
        Object.entries({ ...vars, ...LOCAL.variables }),
        ([name]) => name,
        ([, value]) => ({ type: "json", value }),
      ),
      ...named(
        file.kv_namespaces,
        (kv) => kv.binding,
        ({ preview_id }) => ({ type: "kv", id: preview_id }),
      ),
      ...named(
        file.r2_buckets,
        (r2) => r2.binding,
        (r2) => ({ type: "r2", name: r2.preview_bucket_name }),
      ),
      ...named(
        d1_databases,
        (d1) => d1.binding,
        (d1) => ({ type: "d1", id: d1.preview_database_id }),
      ),
      ...named(
        file.ratelimits,
        (limit) => limit.name,
        ({ namespace_id, simple }) => ({ type: "rate-limit", namespace: namespace_id, simple }),
      ),
      ...named(
        file.worker_loaders,
        (loader) => loader.binding,
        () => ({ type: "worker-loader" }),
      ),
      ...named(
        file.durable_objects.bindings,
        ({ name }) => name,
        ({ class_name }) => ({
          type: "durable-object",
          worker: LOCAL.name,
          exportName: class_name,
        }),
      ),
    } as WorkerConfiguration["bindings"],
    durableObjects: file.migrations.flatMap(({ new_sqlite_classes }) => new_sqlite_classes),
    assets: {
      binding: assets.binding,
      directory: path.join(directory, assets.directory),
      htmlHandling: assets.html_handling,
      notFoundHandling: assets.not_found_handling,
    } as WorkerConfiguration["assets"],
    database: {
      binding: d1_databases[0].binding,
      migrations: path.join(directory, d1_databases[0].migrations_dir),
    },
    cron,
    scheduleMinutes: Number(minutes),
  };
}
