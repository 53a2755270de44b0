import type { BuildError, BuildStatus } from "./builds.ts";
import { type Page, type PageRequest, selectPage } from "./pages.ts";
import { SERVICE_SID } from "./services.ts";

export type DeploymentRow = {
  seq: number;
  sid: string;
  account_sid: string;
  service_sid: string;
  environment_sid: string;
  /** Null: an un-deployment. */
  build_sid: string | null;
  /** `token`, or the SID of an API key; null for rows of before, as are the others. */
  credential: string | null;
  credential_name: string | null;
  client: string | null;
  note: string | null;
  /** JSON: DeploymentChanges. */
  changes: string | null;
  date_created: string;
  date_updated: string;
};

export type NewDeployment = {
  sid: string;
  accountSid: string;
  /** SID or unique name. */
  serviceName: string;
  environmentSid: string;
  buildSid: string | null;
  deployer: {
    credential: string;
    credentialName: string | null;
    client: string;
    note: string | null;
  };
  date: string;
};

/** The names that a deployment to an environment shows under. */
export type EnvironmentNames = { label: string; customHostnames: string[] };

export type DeploymentInsertion =
  | { ok: true; deployment: DeploymentRow; names: EnvironmentNames; warnings: BuildError[] }
  | { ok: false; reason: "no-such-environment" }
  | { ok: false; reason: "same-build"; names: EnvironmentNames }
  | { ok: false; reason: "no-such-build" }
  | { ok: false; reason: "not-completed"; status: BuildStatus };

const VERSIONS_OF = (build: string, side: 0 | 1) =>
  `SELECT ${side} AS side, versions.* FROM build_versions
   JOIN versions ON versions.sid = build_versions.version_sid
   WHERE build_versions.build_sid = ${build}`;

/**
 * What callers notice of build ?4 in place of what the row of `environments` serves, as
 * DeploymentChanges. Versions of both are sorted by path; of those whose path only one has, what kept
 * its resource moved.
 */
const CHANGES = `WITH
  both AS (${VERSIONS_OF("environments.build_sid", 0)} UNION ALL ${VERSIONS_OF("?4", 1)}),
  known AS (SELECT *,
    CASE visibility WHEN 'public' THEN 2 WHEN 'protected' THEN 1 ELSE 0 END AS reach FROM both),
  paths AS (SELECT path, count(*) AS sides, max(side) AS side, max(resource_sid) AS resource_sid,
      count(DISTINCT kind || visibility || content_sha256 || content_type) AS forms,
      max(reach) FILTER (WHERE side = 0) AS before, max(reach) FILTER (WHERE side = 1) AS now
    FROM known GROUP BY path),
  differing AS (
    SELECT 'changed' AS what, path, now > before AS exposed FROM paths
    WHERE sides = 2 AND forms > 1
    UNION ALL
    SELECT CASE WHEN count(*) > 1 THEN 'moved' WHEN max(side) = 1 THEN 'added' ELSE 'removed' END,
      coalesce(max(path) FILTER (WHERE side = 1), max(path)), coalesce(max(now) > max(before), 0)
    FROM paths WHERE sides = 1 GROUP BY resource_sid)
  SELECT json_object(
    'added', count(*) FILTER (WHERE what = 'added'),
    'changed', count(*) FILTER (WHERE what = 'changed'),
    'moved', count(*) FILTER (WHERE what = 'moved'),
    'removed', count(*) FILTER (WHERE what = 'removed'),
    'exposed', coalesce(sum(exposed), 0),
    'paths', (SELECT json_group_array(path) FROM (SELECT path FROM differing LIMIT 3)))
  FROM differing`;

/**
 * Deploys a completed build of the same service to an environment, or with `buildSid` null nothing,
 * unless that is what the environment serves already. One transaction: of two deployments at once
 * one comes after the other, and the environment names the later.
 */
export async function insertDeployment(
  db: D1Database,
  deployment: NewDeployment,
): Promise<DeploymentInsertion> {
  const { sid, accountSid, serviceName, environmentSid, buildSid, deployer, date } = deployment;
  const environment = `environments.sid = ?3 AND environments.service_sid = ${SERVICE_SID}`;
  const build = (placeholder: "?3" | "?4", columns = "status") =>
    `SELECT ${columns} FROM builds WHERE sid = ${placeholder} AND service_sid = ${SERVICE_SID}`;
  const named = [accountSid, serviceName, environmentSid] as const;
  const [environments, builds, hostnames, inserted] = await db.batch<Record<string, string>>([
    db
      .prepare(`SELECT domain_label, build_sid FROM environments WHERE ${environment}`)
      .bind(...named),
    db.prepare(build("?3", "status, warnings")).bind(accountSid, serviceName, buildSid),
    db.prepare("SELECT hostname FROM domains WHERE environment_sid = ?").bind(environmentSid),
    db
      .prepare(
        `INSERT INTO deployments (sid, account_sid, service_sid, environment_sid, build_sid,
           credential, credential_name, client, note, changes, date_created, date_updated)
         SELECT ?5, account_sid, service_sid, sid, ?4, ?7, ?8, ?9, ?10, (${CHANGES}), ?6, ?6
         FROM environments
         WHERE ${environment} AND build_sid IS NOT ?4
           AND (?4 IS NULL OR (${build("?4")}) = 'completed')
         RETURNING *`,
      )
      .bind(
        ...named,
        buildSid,
        sid,
        date,
        deployer.credential,
        deployer.credentialName,
        deployer.client,
        deployer.note,
      ),
    db
      .prepare(
        `UPDATE environments SET build_sid = ?1, deployment_sid = ?2, date_updated = ?3
         WHERE sid = (SELECT environment_sid FROM deployments WHERE sid = ?2)`,
      )
      .bind(buildSid, sid, date),
  ]);
  const before = environments?.results[0];
  if (!before) return { ok: false, reason: "no-such-environment" };
  const names = {
    label: before.domain_label as string,
    customHostnames: (hostnames?.results ?? []).map(({ hostname }) => hostname as string),
  };
  const row = inserted?.results[0] as DeploymentRow | undefined;
  const deployed = builds?.results[0];
  if (row) {
    return { ok: true, deployment: row, names, warnings: JSON.parse(deployed?.warnings ?? "[]") };
  }
  if (before.build_sid === buildSid) return { ok: false, reason: "same-build", names };
  const status = deployed?.status as BuildStatus | undefined;
  return status
    ? { ok: false, reason: "not-completed", status }
    : { ok: false, reason: "no-such-build" };
}

export async function findDeployment(
  db: D1Database,
  environmentSid: string,
  sid: string,
): Promise<DeploymentRow | null> {
  return db
    .prepare("SELECT * FROM deployments WHERE environment_sid = ? AND sid = ?")
    .bind(environmentSid, sid)
    .first<DeploymentRow>();
}

export async function listDeployments(
  db: D1Database,
  environmentSid: string,
  request: PageRequest,
): Promise<Page<DeploymentRow>> {
  const select = "SELECT * FROM deployments WHERE environment_sid = ?";
  return selectPage(db, select, [environmentSid], request);
}
