import type { LogRecord } from "../contract/log-record.ts";
import { BYTES_PER_LINE, LOG_DAYS, MAX_LOG_LINES } from "./bounds.ts";
import { type ActivityPage, type PageQuery, takePage } from "./page.ts";

export type LogRow = {
  seq: number;
  sid: string;
  build_sid: string;
  deployment_sid: string;
  /** Empty, like `request_sid`, for a line that was written outside of any request. */
  function_sid: string;
  request_sid: string;
  level: LogRecord["level"];
  message: string;
  date_created: string;
};

/** `start` and `end` are timestamps, both included. */
export type LogQuery = PageQuery & {
  functionSid: string | null;
  requestSid: string | null;
  start: string;
  end: string;
};

export type LogPage = ActivityPage<LogRow>;

/** Appends `records` in their order, and keeps the newest `bound` lines. */
export function appendLogs(sql: SqlStorage, records: LogRecord[], bound = MAX_LOG_LINES): void {
  let { seq } = sql.exec<{ seq: number }>("SELECT coalesce(max(seq), 0) AS seq FROM logs").one();
  for (const record of records) {
    seq += 1 + Math.floor(new TextEncoder().encode(record.message).byteLength / BYTES_PER_LINE);
    sql.exec(
      "INSERT INTO logs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      ...[seq, record.sid, record.buildSid, record.deploymentSid, record.functionSid],
      ...[record.requestSid, record.level, record.message, record.dateCreated],
    );
  }
  sql.exec("DELETE FROM logs WHERE seq <= ?", seq - bound);
}

/** Deletes the lines older than 30 days; `now` in milliseconds since 1970. */
export function expireLogs(sql: SqlStorage, now: number): void {
  const cutoff = new Date(now - LOG_DAYS * 86_400_000).toISOString().replace(/\.\d+Z$/, "Z");
  sql.exec("DELETE FROM logs WHERE date_created < ?", cutoff);
}

/** Reads a page of the lines that `query` asks for. */
export function listLogs(sql: SqlStorage, query: LogQuery): Promise<LogPage> {
  const { functionSid, requestSid, start, end, after, before } = query;
  const order = before === undefined ? "DESC" : "ASC";
  const rows = sql.exec<LogRow>(
    `SELECT * FROM logs WHERE date_created >= ?1 AND date_created <= ?2
       AND (?3 IS NULL OR function_sid = ?3) AND (?4 IS NULL OR request_sid = ?4)
       AND seq < ?5 AND seq > ?6 ORDER BY seq ${order}`,
    ...[start, end, functionSid, requestSid],
    ...[after ?? Number.MAX_SAFE_INTEGER, before ?? -1],
  );
  return takePage(rows, query, ({ message }) => message.length * 3);
}

export function findLog(sql: SqlStorage, sid: string): LogRow | null {
  return sql.exec<LogRow>("SELECT * FROM logs WHERE sid = ?", sid).toArray()[0] ?? null;
}
