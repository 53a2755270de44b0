import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { Miniflare } from "miniflare";
import { parse } from "smol-toml";
import { StartFailure } from "./failure.ts";

/**
 * Brings the local D1 database in `storage` to the newest migration, each applied whole or not at
 * all, and returns the names of those it applied. They are recorded as `wrangler d1 migrations`
 * records them, which does the same in three times the time.
 */
export async function applyMigrations(configPath: string, storage: string): Promise<string[]> {
  const database = readDatabase(configPath);
  const runtime = new Miniflare({
    resourcePersistencePath: storage,
    telemetry: { enabled: false },
    cf: false,
    workers: [
      {
        config: {
          name: "migrations",
          compatibilityDate: "2026-10-20",
          manifest: {
            mainModule: "empty.mjs",
            modulesRoot: "/",
            modules: { "empty.mjs": { type: "esm", contents: "export default {}" } },
          },
          env: { DB: { type: "d1", id: database.id } },
          exports: {},
        },
        dev: { rootPath: path.dirname(configPath) },
      },
    ],
  });
  try {
    return await migrate(await runtime.getD1Database("DB"), database.migrations);
  } catch (error) {
    throw new StartFailure(
      `The local database in ${storage} cannot be brought up to date: ${(error as Error).message}\n` +
        "To start afresh, delete that directory",
    );
  } finally {
    await runtime.dispose();
  }
}

type Migration = { name: string; sql: string };

async function migrate(
  database: Awaited<ReturnType<Miniflare["getD1Database"]>>,
  migrations: Migration[],
): Promise<string[]> {
  await database
    .prepare(
      `CREATE TABLE IF NOT EXISTS d1_migrations (
         id INTEGER PRIMARY KEY AUTOINCREMENT,
         name TEXT UNIQUE,
         applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
       )`,
    )
    .run();
  const recorded = await database.prepare("SELECT name FROM d1_migrations").all<{ name: string }>();
  const applied = new Set(recorded.results.map((row) => row.name));
  const pending = migrations.filter(({ name }) => !applied.has(name));
  for (const { name, sql } of pending) {
    await database.batch([
      database.prepare(sql),
      database.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(name),
    ]);
  }
  return pending.map(({ name }) => name);
}

function readDatabase(configPath: string): { id: string; migrations: Migration[] } {
  type Config = { d1_databases: [{ database_id: string; migrations_dir: string }] };
  const config = parse(readFileSync(configPath, "utf8")) as unknown as Config;
  const { database_id, migrations_dir } = config.d1_databases[0];
  const directory = path.join(path.dirname(configPath), migrations_dir);
  const names = readdirSync(directory).filter((name) => name.endsWith(".sql"));
  const migrations = names.sort().map((name) => ({
    name,
    sql: readFileSync(path.join(directory, name), "utf8"),
  }));
  return { id: database_id, migrations };
}
