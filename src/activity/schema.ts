/** The tables of one environment's activity; made where they are missing. */
const TABLES = `
  -- The environment's SID, and how far its requests are counted in the statistics
  CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

  -- A row is a batch: rows are what is paid for. JSON: RequestRecord[]
  CREATE TABLE IF NOT EXISTS requests (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    date INTEGER NOT NULL,
    count INTEGER NOT NULL,
    records TEXT NOT NULL
  ) STRICT;

  -- seq counts lines, a long one as several
  CREATE TABLE IF NOT EXISTS logs (
    seq INTEGER PRIMARY KEY,
    sid TEXT NOT NULL,
    build_sid TEXT NOT NULL,
    deployment_sid TEXT NOT NULL,
    function_sid TEXT NOT NULL,
    request_sid TEXT NOT NULL,
    level TEXT NOT NULL,
    message TEXT NOT NULL,
    date_created TEXT NOT NULL
  ) STRICT;

  -- By day with the path, by hour without
  CREATE TABLE IF NOT EXISTS statistics (
    period TEXT NOT NULL,
    path TEXT NOT NULL,
    status INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (period, path, status)
  ) STRICT, WITHOUT ROWID;`;

export function createTables(sql: SqlStorage): void {
  sql.exec(TABLES);
}

/** Reads a fact; null where it was never written. */
export function readFact(sql: SqlStorage, name: string): string | null {
  const [row] = sql.exec<{ value: string }>("SELECT value FROM facts WHERE name = ?", name);
  return row?.value ?? null;
}

export function writeFact(sql: SqlStorage, name: string, value: string): void {
  sql.exec("INSERT INTO facts VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = ?2", name, value);
}
