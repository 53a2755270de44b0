/** Since when each environment answers each path as it does, in D1: what a Last-Modified is made of. */

/** Unix seconds by the entity tag of a path's answer; the tags of one environment differ by path. */
export type TagDates = Map<string, number>;

/** What is remembered of an environment. */
export type ServedDates = {
  /** What serves now; null where nothing does. */
  deployment_sid: string | null;
  /** Whose dates `dates` are; null for an environment whose dates nobody has recorded yet. */
  recorded_sid: string | null;
  dates: TagDates;
  /** The latest date given so far. */
  last_modified: number;
  /** Since when the newest of its domains has been shown. */
  domains_since: number;
};

/** Characters of a tag: `dates` holds them joined, so that the largest build fits into one D1 value. */
export const TAG_LENGTH = 22;

/** Returns what is remembered of an environment; null where there is none. */
export async function findServedDates(
  db: D1Database,
  environmentSid: string,
): Promise<ServedDates | null> {
  const row = await db
    .prepare(
      `SELECT environments.deployment_sid, served_dates.deployment_sid AS recorded_sid,
         served_dates.dates, environments.last_modified,
         (SELECT coalesce(max(shown_since), 0) FROM domains WHERE environment_sid = ?1)
           AS domains_since
       FROM environments LEFT JOIN served_dates ON served_dates.environment_sid = environments.sid
       WHERE environments.sid = ?1`,
    )
    .bind(environmentSid)
    .first<Omit<ServedDates, "dates"> & { dates: string | null }>();
  return row && { ...row, dates: decodeDates(row.dates ?? "{}") };
}

/**
 * Records what the deployment `deploymentSid` serves, and the latest date it gave. Returns false, and
 * records nothing, where it no longer serves or another recorded first since `known` was read.
 */
export async function recordServedDates(
  db: D1Database,
  environmentSid: string,
  deploymentSid: string,
  known: ServedDates,
  dates: TagDates,
  lastModified: number,
): Promise<boolean> {
  const [moved] = await db.batch([
    db
      .prepare(
        `UPDATE environments SET last_modified = ?4
         WHERE sid = ?1 AND deployment_sid = ?2 AND last_modified = ?3
           AND (?4 = ?3 OR NOT EXISTS (
             SELECT 1 FROM domains WHERE environment_sid = ?1 AND shown_since >= ?4))
         RETURNING sid`,
      )
      .bind(environmentSid, deploymentSid, known.last_modified, lastModified),
    db
      .prepare(
        `INSERT OR REPLACE INTO served_dates (environment_sid, deployment_sid, dates)
         SELECT sid, deployment_sid, ?4 FROM environments
         WHERE sid = ?1 AND deployment_sid = ?2 AND last_modified = ?3`,
      )
      .bind(environmentSid, deploymentSid, lastModified, encodeDates(dates)),
  ]);
  return moved?.results.length === 1;
}

/** By date, the tags that have it one after the other, in their own order: equal dates, equal text. */
function encodeDates(dates: TagDates): string {
  const tags = Map.groupBy([...dates.keys()].sort(), (tag) => dates.get(tag) as number);
  return JSON.stringify(
    Object.fromEntries([...tags].map(([date, members]) => [date, members.join("")])),
  );
}

function decodeDates(text: string): TagDates {
  const dates: TagDates = new Map();
  for (const [date, tags] of Object.entries(JSON.parse(text) as Record<string, string>)) {
    for (let at = 0; at < tags.length; at += TAG_LENGTH) {
      dates.set(tags.slice(at, at + TAG_LENGTH), Number(date));
    }
  }
  return dates;
}
