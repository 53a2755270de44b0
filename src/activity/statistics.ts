import type { RequestRecord } from "../contract/request-record.ts";
import { STATISTICS_DAYS } from "./bounds.ts";
import { batchesOf } from "./requests.ts";
import { readFact, writeFact } from "./schema.ts";

/** What was asked for in a day or an hour, with one status; an hour's has no path. */
export type StatisticsRow = {
  /** `2026-11-28`, or `2026-11-28T15`; UTC. */
  period: string;
  path: string;
  status: number;
  requests: number;
  bytes: number;
};

export type Statistics = {
  days: StatisticsRow[];
  hours: StatisticsRow[];
  lastFetches: LastFetch[];
};

/** The latest request for a path that is still kept. */
export type LastFetch = { path: string; time: number; status: number; caller: string | null };

export type StatisticsQuery = {
  now: number;
  /** Null: all paths. */
  path: string | null;
};

/** Days that hours are kept apart for. */
const HOUR_DAYS = 7;
/** Rows of one answer; the most asked for come first. */
const MAX_ROWS = 5_000;

/** The path of everything that names no file: callers make such paths up. */
export const NO_PATH = "";

/** Adds the requests that are not counted yet to the statistics. */
export function countRequests(sql: SqlStorage): void {
  const counted = Number(readFact(sql, "counted") ?? 0);
  const sums = new Map<string, StatisticsRow>();
  let last = counted;
  for (const { seq, records } of uncounted(sql, counted)) {
    last = seq;
    for (const record of JSON.parse(records) as RequestRecord[]) addTo(sums, record);
  }
  if (last === counted) return;
  for (const { period, path, status, requests, bytes } of sums.values()) {
    sql.exec(
      `INSERT INTO statistics VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE
       SET requests = requests + ?4, bytes = bytes + ?5`,
      ...[period, path, status, requests, bytes],
    );
  }
  writeFact(sql, "counted", String(last));
}

/** Deletes statistics that are too old. */
export function expireStatistics(sql: SqlStorage, now: number): void {
  sql.exec("DELETE FROM statistics WHERE period < ?", periodOf(now - STATISTICS_DAYS * DAY, 10));
  sql.exec(
    "DELETE FROM statistics WHERE length(period) = 13 AND period < ?",
    periodOf(now - HOUR_DAYS * DAY, 13),
  );
}

/** What the statistics say at `now`, with the requests that are not counted yet. */
export async function readStatistics(
  sql: SqlStorage,
  { now, path }: StatisticsQuery,
): Promise<Statistics> {
  const sums = new Map<string, StatisticsRow>();
  const kept = sql.exec<StatisticsRow>(
    `SELECT * FROM statistics WHERE period >= ?1 AND (?2 IS NULL OR path = ?2)
     ORDER BY requests DESC LIMIT ${MAX_ROWS}`,
    periodOf(now - STATISTICS_DAYS * DAY, 10),
    path,
  );
  for (const row of kept) sums.set(keyOf(row), row);
  const least = Number(readFact(sql, "counted") ?? 0) + 1;
  for await (const { records } of batchesOf(sql, { least, forward: true })) {
    for (const record of JSON.parse(records) as RequestRecord[]) {
      if (path === null || statedPath(record) === path) addTo(sums, record);
    }
  }
  const rows = [...sums.values()].sort((a, b) => (a.period < b.period ? 1 : -1));
  return {
    days: rows.filter(({ period }) => period.length === 10),
    hours: rows.filter(({ period }) => period.length === 13),
    lastFetches: await lastFetches(sql, path),
  };
}

async function lastFetches(sql: SqlStorage, path: string | null): Promise<LastFetch[]> {
  const found = new Map<string, LastFetch>();
  for await (const { records } of batchesOf(sql, {})) {
    for (const record of (JSON.parse(records) as RequestRecord[]).reverse()) {
      const { time, status, caller } = record;
      const named = statedPath(record);
      if (named === NO_PATH || (path !== null && named !== path) || found.has(named)) continue;
      found.set(named, { path: named, time, status, caller });
    }
    if ((path !== null && found.size === 1) || found.size >= MAX_ROWS) break;
  }
  return [...found.values()];
}

const DAY = 86_400_000;

function uncounted(sql: SqlStorage, counted: number): Iterable<{ seq: number; records: string }> {
  return sql.exec<{ seq: number; records: string }>(
    "SELECT seq, records FROM requests WHERE seq > ? ORDER BY seq",
    counted,
  );
}

function addTo(sums: Map<string, StatisticsRow>, record: RequestRecord): void {
  const { time, status, count, bytes } = record;
  for (const [period, path] of [
    [periodOf(time, 10), statedPath(record)],
    [periodOf(time, 13), NO_PATH],
  ] as const) {
    const row = { period, path, status, requests: count, bytes: bytes ?? 0 };
    const known = sums.get(keyOf(row));
    if (known === undefined) sums.set(keyOf(row), row);
    else {
      known.requests += row.requests;
      known.bytes += row.bytes;
    }
  }
}

function statedPath({ kind, path }: RequestRecord): string {
  return kind === null ? NO_PATH : path;
}

function keyOf({ period, path, status }: StatisticsRow): string {
  return `${period} ${status} ${path}`;
}

/** The beginning of an ISO date: 10 characters of a day, 13 of an hour. */
function periodOf(time: number, length: 10 | 13): string {
  return new Date(time).toISOString().slice(0, length);
}
