import type { Dependency } from "../contract/lock.ts";
import { type Page, type PageRequest, selectPage } from "./pages.ts";
import { SERVICE_SID } from "./services.ts";
import type { VersionRow } from "./versions.ts";

export type BuildStatus = "building" | "completed" | "failed";

export type BuildRow = {
  seq: number;
  sid: string;
  account_sid: string;
  service_sid: string;
  status: BuildStatus;
  runtime: string;
  /** JSON: Dependency[]. */
  dependencies: string;
  /** JSON: BuildError[]. */
  errors: string;
  /** JSON: BuildError[]. */
  warnings: string;
  /** JSON: ResolvedDependency[]. */
  resolved: string;
  /** SHA-256 of what it uses of npm, null for nothing. */
  closure: string | null;
  /** Since when no environment serves it; null when none ever did. */
  date_inactive: string | null;
  date_created: string;
  date_updated: string;
};

/** Why a build cannot be made: the asset path it is about, and the line in that file, where known. */
export type BuildError = { message: string; path?: string; line?: number };

/** What a dependency became. */
export type ResolvedDependency = { name: string; version: string; integrity: string };

export type NewBuild = {
  sid: string;
  accountSid: string;
  serviceSid: string;
  runtime: string;
  dependencies: Dependency[];
  versionSids: string[];
  date: string;
};

/**
 * A build may hold versions of what is not deleted, and what an environment of the service serves: so
 * one file is deployed alone while the deletion of another still waits for its deployment.
 */
const BUILDABLE = `JOIN resources ON resources.sid = versions.resource_sid
  AND (resources.date_deleted IS NULL OR EXISTS (
    SELECT 1 FROM build_versions JOIN environments
      ON environments.build_sid = build_versions.build_sid
        AND environments.service_sid = versions.service_sid
    WHERE build_versions.version_sid = versions.sid))`;

/** What a build is to be made of: its service's SID, and those of the versions that are there. */
export type BuildInputs = { serviceSid: string; versions: VersionRow[] };

/** Reads, in one go, the account's service and those of `sids` that are versions in it. */
export async function buildInputs(
  db: D1Database,
  accountSid: string,
  serviceName: string,
  sids: string[],
): Promise<BuildInputs | null> {
  const [service, versions] = await db.batch([
    db.prepare(`SELECT ${SERVICE_SID} AS sid`).bind(accountSid, serviceName),
    db
      .prepare(
        `SELECT versions.* FROM versions ${BUILDABLE}
         WHERE versions.service_sid = ${SERVICE_SID}
           AND versions.sid IN (SELECT value FROM json_each(?3)) ORDER BY versions.seq`,
      )
      .bind(accountSid, serviceName, JSON.stringify(sids)),
  ]);
  const { sid } = (service as D1Result<{ sid: string | null }>).results[0] ?? { sid: null };
  return sid === null ? null : { serviceSid: sid, versions: versions?.results as VersionRow[] };
}

/**
 * Counts one more attempt of the account's to build, at `date`, and forgets those before `hourAgo`.
 * False, and not counted, where it made `hourlyLimit` of them since.
 */
export async function countBuildAttempt(
  db: D1Database,
  accountSid: string,
  hourlyLimit: number,
  hourAgo: string,
  date: string,
): Promise<boolean> {
  const [, counted] = await db.batch([
    db
      .prepare("DELETE FROM build_attempts WHERE account_sid = ? AND date_created <= ?")
      .bind(accountSid, hourAgo),
    db
      .prepare(
        `INSERT INTO build_attempts (account_sid, date_created) SELECT ?1, ?2
         WHERE (SELECT count(*) FROM build_attempts WHERE account_sid = ?1) < ?3
         RETURNING account_sid`,
      )
      .bind(accountSid, date, hourlyLimit),
  ]);
  return (counted?.results.length ?? 0) > 0;
}

/** Adds a build with its versions, in one transaction, unless one of the versions is gone. */
export async function insertBuild(db: D1Database, build: NewBuild): Promise<BuildRow | null> {
  const sids = JSON.stringify(build.versionSids);
  const [inserted] = await db.batch([
    db
      .prepare(
        `INSERT INTO builds (sid, account_sid, service_sid, status, runtime, dependencies, errors,
           date_created, date_updated)
         SELECT ?3, ?4, ?1, 'building', ?5, ?6, '[]', ?7, ?7
         WHERE (SELECT count(*) FROM versions ${BUILDABLE} WHERE versions.service_sid = ?1
             AND versions.sid IN (SELECT value FROM json_each(?2))) = ?8
         RETURNING *`,
      )
      .bind(
        build.serviceSid,
        sids,
        build.sid,
        build.accountSid,
        build.runtime,
        JSON.stringify(build.dependencies),
        build.date,
        build.versionSids.length,
      ),
    db
      .prepare(
        `INSERT INTO build_versions (build_sid, version_sid)
         SELECT builds.sid, value FROM builds, json_each(?2) WHERE builds.sid = ?1`,
      )
      .bind(build.sid, sids),
  ]);
  return (inserted?.results[0] as BuildRow | undefined) ?? null;
}

/** Returns the dependencies that a build was asked to have; none where there is no such build. */
export async function dependenciesOfBuild(db: D1Database, sid: string): Promise<Dependency[]> {
  const dependencies = await db
    .prepare("SELECT dependencies FROM builds WHERE sid = ?")
    .bind(sid)
    .first<string>("dependencies");
  return JSON.parse(dependencies ?? "[]") as Dependency[];
}

/** Ends a build that is still building; nothing when it ended before. */
export async function endBuild(
  db: D1Database,
  sid: string,
  end: {
    status: "completed" | "failed";
    errors: BuildError[];
    warnings: BuildError[];
    date: string;
    resolved?: ResolvedDependency[] | null;
    closure?: string | null;
  },
): Promise<void> {
  await db
    .prepare(
      `UPDATE builds SET status = ?2, errors = ?3, warnings = ?4, date_updated = ?5, resolved = ?6,
         closure = ?7
       WHERE sid = ?1 AND status = 'building'`,
    )
    .bind(
      sid,
      end.status,
      JSON.stringify(end.errors),
      JSON.stringify(end.warnings),
      end.date,
      JSON.stringify(end.resolved ?? []),
      end.closure ?? null,
    )
    .run();
}

/** Finds a build by its SID, whosever it is. */
export async function buildOfSid(db: D1Database, sid: string): Promise<BuildRow | null> {
  return db.prepare("SELECT * FROM builds WHERE sid = ?").bind(sid).first<BuildRow>();
}

/** Finds a build of the account's service, which its SID or unique name gives. */
export async function findBuild(
  db: D1Database,
  accountSid: string,
  serviceName: string,
  sid: string,
): Promise<BuildRow | null> {
  return db
    .prepare(`SELECT * FROM builds WHERE sid = ?3 AND service_sid = ${SERVICE_SID}`)
    .bind(accountSid, serviceName, sid)
    .first<BuildRow>();
}

/** A build in a list, with the number of versions in it. */
export type ListedBuild = BuildRow & { version_count: number };

export async function listBuilds(
  db: D1Database,
  serviceSid: string,
  request: PageRequest,
): Promise<Page<ListedBuild>> {
  const select = `SELECT *, (SELECT count(*) FROM build_versions WHERE build_sid = builds.sid)
    AS version_count FROM builds WHERE service_sid = ?`;
  return selectPage(db, select, [serviceSid], request);
}

/** Returns the versions of each of these builds, in the order they were uploaded. */
export async function versionsOfBuilds(
  db: D1Database,
  buildSids: string[],
): Promise<Map<string, VersionRow[]>> {
  const { results } = await db
    .prepare(
      `SELECT build_versions.build_sid, versions.* FROM build_versions
       JOIN versions ON versions.sid = build_versions.version_sid
       WHERE build_versions.build_sid IN (SELECT value FROM json_each(?))
       ORDER BY versions.seq`,
    )
    .bind(JSON.stringify(buildSids))
    .all<VersionRow & { build_sid: string }>();
  const versions = new Map<string, VersionRow[]>(buildSids.map((sid) => [sid, []]));
  for (const row of results) versions.get(row.build_sid)?.push(row);
  return versions;
}

export type BuildDeletion =
  | { ok: true; build: BuildRow }
  | { ok: false; reason: "not-found" | "deployed" };

/** Deletes a build that no environment serves. */
export async function deleteBuild(
  db: D1Database,
  accountSid: string,
  serviceName: string,
  sid: string,
): Promise<BuildDeletion> {
  const named = `sid = ?3 AND service_sid = ${SERVICE_SID}`;
  const [before, deleted] = await db.batch<BuildRow>([
    db.prepare(`SELECT * FROM builds WHERE ${named}`).bind(accountSid, serviceName, sid),
    db
      .prepare(
        `DELETE FROM builds WHERE ${named}
         AND NOT EXISTS (SELECT 1 FROM environments WHERE build_sid = ?3) RETURNING *`,
      )
      .bind(accountSid, serviceName, sid),
  ]);
  const build = deleted?.results[0];
  if (build) return { ok: true, build };
  return { ok: false, reason: before?.results[0] ? "deployed" : "not-found" };
}
