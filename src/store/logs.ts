import type { LogRecord } from "../contract/log-record.ts";
import { type Page, type PageRequest, selectPage, shortenPage } from "./pages.ts";
import { timestamp } from "./timestamp.ts";

/** How long log lines are kept (contract 1.7), and how many of one environment. */
export const LOG_DAYS = 30;
const MAX_ENVIRONMENT_LOGS = 10_000;

/**
 * Bytes that count as a line: a longer message counts as several, so that an environment has at most
 * 16 MB of the 10 GB that D1 gives all of them.
 */
export const BYTES_PER_LINE = 1_600;

/** Bytes of one statement's rows: D1 takes two megabytes in a value, and a line has up to 98,304. */
export const BYTES_PER_STATEMENT = 1_000_000;

const INSERT = `
  INSERT INTO logs (sid, account_sid, service_sid, environment_sid, build_sid, deployment_sid,
    function_sid, request_sid, level, message, date_created, number)
  SELECT value ->> 'sid', value ->> 'accountSid', value ->> 'serviceSid',
    value ->> 'environmentSid', value ->> 'buildSid', value ->> 'deploymentSid',
    value ->> 'functionSid', value ->> 'requestSid', value ->> 'level', value ->> 'message',
    value ->> 'dateCreated',
    sum(1 + length(CAST(value ->> 'message' AS BLOB)) / ${BYTES_PER_LINE}) OVER (ORDER BY key)
      + coalesce((SELECT max(number) FROM logs
          WHERE environment_sid = value ->> 'environmentSid'), 0)
  FROM json_each(?1)
  WHERE EXISTS (SELECT 1 FROM environments WHERE sid = value ->> 'environmentSid')
  ORDER BY key`;

/** Reads one row of an index and those that it deletes, however many there are. */
const BOUND = `
  DELETE FROM logs WHERE environment_sid = ?1 AND number <=
    (SELECT max(number) FROM logs WHERE environment_sid = ?1) - ?2`;

/**
 * Appends `records` in their order; those of an environment that is gone are dropped. Of each
 * environment the newest `bound` lines are kept.
 */
export async function appendLogs(
  db: D1Database,
  records: LogRecord[],
  bound = MAX_ENVIRONMENT_LOGS,
): Promise<void> {
  const statements = jsonLists(records).map((rows) => db.prepare(INSERT).bind(rows));
  for (const environment of new Set(records.map(({ environmentSid }) => environmentSid))) {
    statements.push(db.prepare(BOUND).bind(environment, bound));
  }
  await db.batch(statements);
}

/** Returns JSON lists that together have `records` in their order, each as long as a statement takes. */
function jsonLists(records: LogRecord[]): string[] {
  const lists: string[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const record of records) {
    const row = JSON.stringify(record);
    const bytes = new TextEncoder().encode(row).byteLength + 1;
    if (size + bytes > BYTES_PER_STATEMENT) {
      lists.push([]);
      size = 0;
    }
    lists.at(-1)?.push(row);
    size += bytes;
  }
  return lists.map((rows) => `[${rows.join(",")}]`);
}

/**
 * Deletes up to `limit` log lines that are older than 30 days; `now` in milliseconds since 1970.
 * Returns how many.
 */
export async function expireLogs(db: D1Database, now: number, limit: number): Promise<number> {
  const { meta } = await db
    .prepare(
      `DELETE FROM logs WHERE seq IN (
         SELECT seq FROM logs WHERE date_created < ? ORDER BY date_created LIMIT ?)`,
    )
    .bind(timestamp(new Date(now - LOG_DAYS * 86_400_000)), limit)
    .run();
  return meta.changes;
}

export type LogRow = {
  seq: number;
  sid: string;
  account_sid: string;
  service_sid: string;
  environment_sid: string;
  build_sid: string;
  deployment_sid: string;
  /** Empty, like `request_sid`, for a line that was written outside of any request. */
  function_sid: string;
  request_sid: string;
  level: LogRecord["level"];
  message: string;
  date_created: string;
  /** Counts an environment's lines, a long one as several; may leave numbers out. */
  number: number;
};

/** Timestamps, both included. */
export type LogFilter = { functionSid: string | null; start: string; end: string };

/** Lines of which a page is read at once, however long they are: 5 MB at most. */
const LINES_AT_ONCE = 100;
/** Bytes of a larger page's messages: as JSON, twice over, they have to fit into an isolate. */
export const MAX_PAGE_BYTES = 4_000_000;

/** Reads a page of an environment's lines; one of many long lines is shorter than asked for. */
export async function listLogs(
  db: D1Database,
  environmentSid: string,
  { functionSid, start, end }: LogFilter,
  request: PageRequest,
): Promise<Page<LogRow>> {
  const ofFunction = functionSid === null ? "" : "AND function_sid = ?";
  const values = [environmentSid, start, end, ...(functionSid === null ? [] : [functionSid])];
  const lines = `FROM logs
    WHERE environment_sid = ? AND date_created >= ? AND date_created <= ? ${ofFunction}`;
  if (request.size <= LINES_AT_ONCE) return selectPage(db, `SELECT * ${lines}`, values, request);
  const sizes = `SELECT seq, length(CAST(message AS BLOB)) AS size ${lines}`;
  const listed = await selectPage<{ seq: number; size: number }>(db, sizes, values, request);
  const page = shortenPage(listed, request, MAX_PAGE_BYTES, ({ size }) => size);
  const { results } = await db
    .prepare("SELECT * FROM logs WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq DESC")
    .bind(JSON.stringify(page.rows.map(({ seq }) => seq)))
    .all<LogRow>();
  return { ...page, rows: results };
}

export async function findLog(
  db: D1Database,
  environmentSid: string,
  sid: string,
): Promise<LogRow | null> {
  return db
    .prepare("SELECT * FROM logs WHERE environment_sid = ? AND sid = ?")
    .bind(environmentSid, sid)
    .first<LogRow>();
}
