import { SERVICE_SID } from "./services.ts";

export type DraftChange = {
  accountSid: string;
  /** SID or unique name. */
  serviceName: string;
  /** Versions that become the drafts of their files; a file that was deleted is there again. */
  versionSids: string[];
  /** Files that are deleted. */
  removedSids: string[];
  date: string;
};

export type DraftChangeOutcome =
  | { ok: true; serviceSid: string; versions: number; removed: number }
  | { ok: false; reason: "no-such-service" }
  | { ok: false; reason: "no-such-version"; sid: string };

/**
 * Changes what the next build of a service would be made of, in one transaction: all of it, or
 * nothing where one of the versions is not the service's.
 */
export async function changeDraft(
  db: D1Database,
  { accountSid, serviceName, versionSids, removedSids, date }: DraftChange,
): Promise<DraftChangeOutcome> {
  const service = [accountSid, serviceName] as const;
  const versions = JSON.stringify(versionSids);
  const unknown = `SELECT value AS sid FROM json_each(?3) AS asked WHERE NOT EXISTS (
    SELECT 1 FROM versions WHERE sid = asked.value AND service_sid = ${SERVICE_SID}) LIMIT 1`;
  const [found, missing, removed, chosen] = await db.batch<{ sid: string | null }>([
    db.prepare(`SELECT ${SERVICE_SID} AS sid`).bind(...service),
    db.prepare(unknown).bind(...service, versions),
    db
      .prepare(
        `UPDATE resources SET date_deleted = ?5
         WHERE sid IN (SELECT value FROM json_each(?4)) AND service_sid = ${SERVICE_SID}
           AND date_deleted IS NULL AND NOT EXISTS (${unknown}) RETURNING sid`,
      )
      .bind(...service, versions, JSON.stringify(removedSids), date),
    db
      .prepare(
        `UPDATE resources SET date_deleted = NULL, draft_version_sid = chosen.sid,
           draft_after = (SELECT max(seq) FROM versions WHERE resource_sid = resources.sid)
         FROM (SELECT sid, resource_sid FROM versions
           WHERE sid IN (SELECT value FROM json_each(?3))) AS chosen
         WHERE resources.sid = chosen.resource_sid AND resources.service_sid = ${SERVICE_SID}
           AND NOT EXISTS (${unknown}) RETURNING resources.sid`,
      )
      .bind(...service, versions),
  ]);
  const serviceSid = found?.results[0]?.sid ?? null;
  if (serviceSid === null) return { ok: false, reason: "no-such-service" };
  const sid = missing?.results[0]?.sid;
  if (sid) return { ok: false, reason: "no-such-version", sid };
  const counts = { versions: chosen?.results.length ?? 0, removed: removed?.results.length ?? 0 };
  return { ok: true, serviceSid, ...counts };
}
