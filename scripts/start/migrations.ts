import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Miniflare } from "miniflare";
import { StartFailure } from "./failure.ts";

type Database = Awaited<ReturnType<Miniflare["getD1Database"]>>;
type Migration = { name: string; sql: string };

/**
 * Brings `database` to the newest of the migrations in `directory`, each applied whole or not at
 * all, and returns the names of those it applied. They are recorded as `wrangler d1 migrations`
 * records them. Throws StartFailure, which names `storage` as the place of what is broken.
 */
export async function applyMigrations(
  database: Database,
  directory: string,
  storage: string,
): Promise<string[]> {
  try {
    return await migrate(database, readMigrations(directory));
  } catch (error) {
    throw new StartFailure(
      `The local database in ${storage} cannot be brought up to date: ${(error as Error).message}\n` +
        "To start afresh, delete that directory",
    );
  }
}

async function migrate(database: Database, migrations: Migration[]): Promise<string[]> {
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

function readMigrations(directory: string): Migration[] {
  const names = readdirSync(directory).filter((name) => name.endsWith(".sql"));
  return names.sort().map((name) => ({
    name,
    sql: readFileSync(path.join(directory, name), "utf8"),
  }));
}
