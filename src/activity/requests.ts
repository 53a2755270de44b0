import type { RequestBatch, RequestRecord } from "../contract/request-record.ts";
import { workedOn } from "../contract/slices.ts";
import { type ActivityPage, type PageQuery, takePage } from "./page.ts";

/** A record with its place in the list. */
export type RequestRow = RequestRecord & { seq: number };

export type RequestPage = ActivityPage<RequestRow>;

/** What is null filters nothing. */
export type RequestQuery = PageQuery & {
  /** A whole path, or its beginning where it ends with `*`. */
  path: string | null;
  /** `403`, or a class as `4xx`. */
  status: string | null;
  reason: string | null;
  /** A function's or an asset version's SID. */
  sid: string | null;
  /** Milliseconds since 1970, both included. */
  from: number | null;
  to: number | null;
};

/** Places of one batch: a row's number in the list is its batch's times this, and its place in it. */
const PLACES = 1_024;

type BatchRow = { seq: number; date: number; records: string };

/** Stores a batch that came at `now`; returns its rows. */
export function appendRequests(
  sql: SqlStorage,
  { records }: RequestBatch,
  now: number,
): RequestRow[] {
  const kept = records.slice(0, PLACES);
  const count = kept.length;
  const { seq } = sql
    .exec<{ seq: number }>(
      "INSERT INTO requests (date, count, records) VALUES (?, ?, ?) RETURNING seq",
      ...[now, count, JSON.stringify(kept)],
    )
    .one();
  return kept.map((record, place) => ({ ...record, seq: seq * PLACES + place }));
}

/** Reads a page of what `query` asks for. */
export function listRequests(sql: SqlStorage, query: RequestQuery): Promise<RequestPage> {
  return takePage(matching(sql, query), query, (row) => row.path.length + 700);
}

/** Finds the newest record of an id; null where it is none, or no longer kept. */
export function findRequest(sql: SqlStorage, id: string): RequestRow | null {
  const batches = sql.exec<BatchRow>(
    "SELECT seq, date, records FROM requests WHERE instr(records, ?) > 0 ORDER BY seq DESC",
    JSON.stringify(id),
  );
  for (const batch of batches) {
    const row = rowsOf(batch).findLast((record) => record.id === id);
    if (row !== undefined) return row;
  }
  return null;
}

/** Batches that are read from the storage at a time. */
const BATCHES = 4;

/**
 * Reads batches whose number is from `least` to `most`, the last first, or the first where `forward`,
 * and that came at `from` or later. There are fifty thousand records: others have their turn meanwhile.
 */
export async function* batchesOf(
  sql: SqlStorage,
  { least = 0, most = Number.MAX_SAFE_INTEGER, from = 0, forward = false },
): AsyncGenerator<BatchRow> {
  let [low, high] = [least, most];
  for (;;) {
    const batches = sql
      .exec<BatchRow>(
        `SELECT seq, date, records FROM requests WHERE seq >= ?1 AND seq <= ?2 AND date >= ?3
         ORDER BY seq ${forward ? "ASC" : "DESC"} LIMIT ${BATCHES}`,
        ...[low, high, from],
      )
      .toArray();
    for (const batch of batches) {
      yield batch;
      await workedOn(batch.records.length);
      if (forward) low = batch.seq + 1;
      else high = batch.seq - 1;
    }
    if (batches.length < BATCHES) return;
  }
}

async function* matching(sql: SqlStorage, query: RequestQuery): AsyncGenerator<RequestRow> {
  const { after, before, from, to } = query;
  const forward = before !== undefined;
  const batches = batchesOf(sql, {
    ...(before !== undefined && { least: Math.floor(before / PLACES) }),
    ...(after !== undefined && { most: Math.floor(after / PLACES) }),
    ...{ from: from ?? 0, forward },
  });
  for await (const batch of batches) {
    const rows = rowsOf(batch);
    if (!forward) rows.reverse();
    for (const row of rows) {
      if (after !== undefined && row.seq >= after) continue;
      if (before !== undefined && row.seq <= before) continue;
      if (from !== null && row.time < from) continue;
      if (to !== null && row.time > to) continue;
      if (isAskedFor(row, query)) yield row;
    }
  }
}

function isAskedFor(row: RequestRow, { path, status, reason, sid }: RequestQuery): boolean {
  if (path !== null) {
    const fits = path.endsWith("*") ? row.path.startsWith(path.slice(0, -1)) : row.path === path;
    if (!fits) return false;
  }
  if (status !== null) {
    const shown = String(row.status);
    const fits = status.endsWith("xx") ? shown[0] === status[0] : shown === status;
    if (!fits) return false;
  }
  return (reason === null || row.reason === reason) && (sid === null || row.sid === sid);
}

function rowsOf({ seq, records }: BatchRow): RequestRow[] {
  return (JSON.parse(records) as RequestRecord[]).map((record, place) => ({
    ...record,
    seq: seq * PLACES + place,
  }));
}
