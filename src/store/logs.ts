import type { LogRecord } from "../functions/log-record.ts";

/** How long log lines are kept (contract 1.7), and how many of one environment. */
export const LOG_DAYS = 30;
export const MAX_ENVIRONMENT_LOGS = 10_000;

/** Rows between two looks at whether an environment has too many. */
const BOUND_EVERY = 256;

/** D1 takes two megabytes in one value. */
const ROWS_PER_STATEMENT = 50;

const INSERT = `
  INSERT INTO logs (sid, account_sid, service_sid, environment_sid, build_sid, deployment_sid,
    function_sid, request_sid, level, message, date_created)
  SELECT value ->> 'sid', value ->> 'accountSid', value ->> 'serviceSid',
    value ->> 'environmentSid', value ->> 'buildSid', value ->> 'deploymentSid',
    value ->> 'functionSid', value ->> 'requestSid', value ->> 'level', value ->> 'message',
    value ->> 'dateCreated'
  FROM json_each(?1)
  WHERE EXISTS (SELECT 1 FROM environments WHERE sid = value ->> 'environmentSid')
  ORDER BY key`;

/**
 * Appends `records` in their order; those of an environment that is gone are dropped. Now and then
 * takes away what an environment has too many of.
 */
export async function appendLogs(db: D1Database, records: LogRecord[]): Promise<void> {
  const statements: D1PreparedStatement[] = [];
  for (let from = 0; from < records.length; from += ROWS_PER_STATEMENT) {
    const rows = records.slice(from, from + ROWS_PER_STATEMENT);
    statements.push(db.prepare(INSERT).bind(JSON.stringify(rows)));
  }
  const results = await db.batch(statements);
  const last = results.at(-1)?.meta.last_row_id ?? 0;
  if (last % BOUND_EVERY >= records.length) return;
  for (const environment of new Set(records.map(({ environmentSid }) => environmentSid))) {
    await boundLogs(db, environment, MAX_ENVIRONMENT_LOGS);
  }
}

/** Keeps the newest `count` log lines of an environment. */
export async function boundLogs(
  db: D1Database,
  environmentSid: string,
  count: number,
): Promise<void> {
  await db
    .prepare(
      `DELETE FROM logs WHERE environment_sid = ?1 AND seq <= (
         SELECT seq FROM logs WHERE environment_sid = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)`,
    )
    .bind(environmentSid, count)
    .run();
}

/** Deletes what is older than 30 days; `now` in milliseconds since 1970. */
export async function expireLogs(db: D1Database, now: number): Promise<void> {
  const oldest = new Date(now - LOG_DAYS * 86_400_000).toISOString().replace(/\.\d+Z$/, "Z");
  await db.prepare("DELETE FROM logs WHERE date_created < ?1").bind(oldest).run();
}
