/** What the scheduled job finds in D1 that nobody needs any more. */

/** A row that was deleted, by which its R2 object is found. */
export type Expired = { sid: string; service_sid: string };

/**
 * Builds in one statement. Each takes its rows of `build_versions` with it, a thousand and more, and
 * D1 gives a statement 30 seconds in which the whole database waits.
 */
export const BUILDS_PER_STATEMENT = 50;

/**
 * Deletes up to `limit` builds, of BUILDS_PER_STATEMENT at most, that no environment has served since
 * `cutoff`; returns them.
 */
export function deleteIdleBuilds(
  db: D1Database,
  cutoff: string,
  limit: number,
): Promise<Expired[]> {
  const idle = `coalesce(date_inactive, date_created) < ?1
    AND NOT EXISTS (SELECT 1 FROM environments WHERE build_sid = builds.sid)`;
  return deleteOldest(db, "builds", idle, cutoff, Math.min(limit, BUILDS_PER_STATEMENT));
}

/** Deletes up to `limit` versions that no build has held since `cutoff`; returns them. */
export function deleteUnbuiltVersions(
  db: D1Database,
  cutoff: string,
  limit: number,
): Promise<Expired[]> {
  const unbuilt = `coalesce(date_unbuilt, date_created) < ?1
    AND NOT EXISTS (SELECT 1 FROM build_versions WHERE version_sid = versions.sid)`;
  return deleteOldest(db, "versions", unbuilt, cutoff, limit);
}

/** Deletes up to `limit` assets and functions without a version: deleted ones, and those of old. */
export function deleteEmptyResources(
  db: D1Database,
  cutoff: string,
  limit: number,
): Promise<Expired[]> {
  const empty = `(date_deleted IS NOT NULL OR date_updated < ?1)
    AND NOT EXISTS (SELECT 1 FROM versions WHERE resource_sid = resources.sid)`;
  return deleteOldest(db, "resources", empty, cutoff, limit);
}

/** Deletes the first rows of `table` for which `condition` holds, in which ?1 is `cutoff`. */
async function deleteOldest(
  db: D1Database,
  table: "builds" | "versions" | "resources",
  condition: string,
  cutoff: string,
  limit: number,
): Promise<Expired[]> {
  const { results } = await db
    .prepare(
      `DELETE FROM ${table} WHERE sid IN (
         SELECT sid FROM ${table} WHERE ${condition} ORDER BY seq LIMIT ?2)
       RETURNING sid, service_sid`,
    )
    .bind(cutoff, limit)
    .all<Expired>();
  return results;
}

/** Returns up to `limit` builds that are still building although they began before `cutoff`. */
export async function unfinishedBuilds(
  db: D1Database,
  cutoff: string,
  limit: number,
): Promise<Expired[]> {
  const { results } = await db
    .prepare(
      `SELECT sid, service_sid FROM builds WHERE status = 'building' AND date_created < ?
       ORDER BY seq LIMIT ?`,
    )
    .bind(cutoff, limit)
    .all<Expired>();
  return results;
}

/** Returns up to `limit` services that were deleted before `cutoff` and still have bytes. */
export async function duePurges(db: D1Database, cutoff: string, limit: number): Promise<string[]> {
  const { results } = await db
    .prepare("SELECT service_sid FROM purges WHERE date_created < ? ORDER BY service_sid LIMIT ?")
    .bind(cutoff, limit)
    .all<{ service_sid: string }>();
  return results.map(({ service_sid }) => service_sid);
}

export async function deletePurge(db: D1Database, serviceSid: string): Promise<void> {
  await db.prepare("DELETE FROM purges WHERE service_sid = ?").bind(serviceSid).run();
}

/** An R2 object as its key names it. */
export type NamedObject = Expired & { key: string };

/**
 * Returns the keys of those of `objects` that no row of `table` names and no purge is still to
 * delete: bytes that were stored by what was cut short before D1, or after it.
 */
export async function orphans(
  db: D1Database,
  table: "versions" | "builds",
  objects: NamedObject[],
): Promise<string[]> {
  const { results } = await db
    .prepare(
      `SELECT value ->> 'key' AS key FROM json_each(?) AS object
       WHERE NOT EXISTS (SELECT 1 FROM ${table} WHERE sid = object.value ->> 'sid')
         AND NOT EXISTS (
           SELECT 1 FROM purges WHERE service_sid = object.value ->> 'service_sid')`,
    )
    .bind(JSON.stringify(objects))
    .all<{ key: string }>();
  return results.map(({ key }) => key);
}

/** Returns those of `closures`, SHA-256s, that a build is made with. */
export async function namedClosures(db: D1Database, closures: string[]): Promise<Set<string>> {
  if (closures.length === 0) return new Set();
  const { results } = await db
    .prepare("SELECT closure FROM builds WHERE closure IN (SELECT value FROM json_each(?))")
    .bind(JSON.stringify(closures))
    .all<{ closure: string }>();
  return new Set(results.map(({ closure }) => closure));
}

/** Walks that the scheduled job makes a stretch at a time. */
export type WalkName =
  | "asset-objects"
  | "build-objects"
  | "npm-objects"
  | "served-hostnames"
  | "stored-hostnames"
  | "recorded-environments"
  | "stored-environments";

/** Returns where a walk goes on; empty at its beginning. */
export async function walkPosition(db: D1Database, name: WalkName): Promise<string> {
  const position = await db
    .prepare("SELECT position FROM walks WHERE name = ?")
    .bind(name)
    .first<string>("position");
  return position ?? "";
}

export async function saveWalkPosition(
  db: D1Database,
  name: WalkName,
  position: string,
): Promise<void> {
  await db
    .prepare(
      `INSERT INTO walks (name, position) VALUES (?1, ?2)
       ON CONFLICT (name) DO UPDATE SET position = ?2`,
    )
    .bind(name, position)
    .run();
}
