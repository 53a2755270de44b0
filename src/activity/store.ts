import type { LogRecord } from "../contract/log-record.ts";
import type { RequestBatch } from "../contract/request-record.ts";
import { MAX_REQUESTS, REQUEST_DAYS } from "./bounds.ts";
import * as logs from "./logs.ts";
import * as requests from "./requests.ts";
import { createTables, readFact, writeFact } from "./schema.ts";
import * as statistics from "./statistics.ts";
import { acceptStream, sendToStreams } from "./stream.ts";

/** Milliseconds until what has come is counted, and until an environment that is quiet is looked at. */
const COUNT_AFTER = 10 * 60_000;
const DAY = 86_400_000;
/** How long an environment that was deleted takes nothing: gateways may serve it on for so long. */
const DELETED_FOR = 60 * 60_000;

export type ActivityStore = ReturnType<typeof openStore>;

/** Opens the store of one environment's activity over its object's storage. */
export function openStore(ctx: DurableObjectState, env: Env) {
  const { sql } = ctx.storage;
  createTables(sql);
  let held = countHeld();
  let isDeleted = readFact(sql, "deleted") !== null;

  function countHeld(): number {
    return sql.exec<{ held: number }>("SELECT coalesce(sum(count), 0) AS held FROM requests").one()
      .held;
  }

  /** Whether the environment is there to be written of; the first time, it is noted whose this is. */
  function begin(environmentSid: string): boolean {
    if (isDeleted) return false;
    if (readFact(sql, "environment") === null) {
      writeFact(sql, "environment", environmentSid);
      writeFact(sql, "checked", String(Date.now()));
      ctx.waitUntil(ctx.storage.setAlarm(Date.now() + COUNT_AFTER));
    }
    return true;
  }

  return {
    appendRequests(batch: RequestBatch): void {
      if (!begin(batch.environment)) return;
      const rows = requests.appendRequests(sql, batch, Date.now());
      held += rows.length;
      if (held > MAX_REQUESTS) forgetOldest();
      if (batch.lines !== undefined) logs.appendLogs(sql, batch.lines);
      sendToStreams(ctx.getWebSockets(), rows);
    },

    appendLogs(environmentSid: string, records: LogRecord[]): void {
      if (begin(environmentSid)) logs.appendLogs(sql, records);
    },

    listRequests: (query: requests.RequestQuery) => requests.listRequests(sql, query),
    findRequest: (id: string) => requests.findRequest(sql, id),
    listLogs: (query: logs.LogQuery) => logs.listLogs(sql, query),
    findLog: (sid: string) => logs.findLog(sql, sid),
    statistics: (query: statistics.StatisticsQuery) => statistics.readStatistics(sql, query),
    stream: (request: Request) => acceptStream(ctx, request),
    erase,

    /** Counts, forgets what is too old, and looks whether the environment is still there. */
    async tidy(now: number): Promise<void> {
      const environmentSid = readFact(sql, "environment");
      if (isDeleted || environmentSid === null) {
        await ctx.storage.deleteAll();
        createTables(sql);
        isDeleted = false;
        held = 0;
        return;
      }
      statistics.countRequests(sql);
      if (now - Number(readFact(sql, "checked")) >= DAY) {
        if (!(await exists(environmentSid))) return erase();
        sql.exec("DELETE FROM requests WHERE date < ?", now - REQUEST_DAYS * DAY);
        held = countHeld();
        logs.expireLogs(sql, now);
        statistics.expireStatistics(sql, now);
        writeFact(sql, "checked", String(now));
      }
      const newest = sql
        .exec<{ date: number }>("SELECT coalesce(max(date), 0) AS date FROM requests")
        .one().date;
      // A quiet environment is woken once a day, a busy one every ten minutes.
      await ctx.storage.setAlarm(now + (now - newest < 2 * COUNT_AFTER ? COUNT_AFTER : DAY));
    },
  };

  function forgetOldest(): void {
    const [oldest] = sql.exec<{ seq: number }>("SELECT min(seq) AS seq FROM requests");
    if (Number(readFact(sql, "counted") ?? 0) < (oldest?.seq ?? 0)) statistics.countRequests(sql);
    while (held > MAX_REQUESTS) {
      const [gone] = sql.exec<{ count: number }>(
        "DELETE FROM requests WHERE seq = (SELECT min(seq) FROM requests) RETURNING count",
      );
      if (gone === undefined) break;
      held -= gone.count;
    }
  }

  async function exists(environmentSid: string): Promise<boolean> {
    const row = await env.DB.prepare("SELECT 1 FROM environments WHERE sid = ?")
      .bind(environmentSid)
      .first();
    return row !== null;
  }

  async function erase(): Promise<void> {
    isDeleted = true;
    for (const socket of ctx.getWebSockets()) socket.close(1001, "The environment was deleted");
    await ctx.storage.deleteAll();
    createTables(sql);
    held = 0;
    writeFact(sql, "deleted", String(Date.now()));
    await ctx.storage.setAlarm(Date.now() + DELETED_FOR);
  }
}
