import { isDuplicate } from "./constraints.ts";
import { type DeletedHosts, deletedHosts } from "./deleted-hosts.ts";
import { type Page, type PageRequest, selectPage } from "./pages.ts";
import { SERVICE_SID } from "./services.ts";

export type EnvironmentRow = {
  seq: number;
  sid: string;
  account_sid: string;
  service_sid: string;
  unique_name: string;
  domain_suffix: string | null;
  /** One DNS label, lower case. */
  domain_label: string;
  /** What serves now; both null when nothing is deployed. */
  build_sid: string | null;
  deployment_sid: string | null;
  date_created: string;
  date_updated: string;
};

export type NewEnvironment = {
  sid: string;
  accountSid: string;
  serviceSid: string;
  uniqueName: string;
  domainSuffix: string | null;
  domainLabel: string;
  date: string;
};

export type EnvironmentInsertion =
  | { ok: true; environment: EnvironmentRow }
  | { ok: false; reason: "duplicate-name" | "duplicate-domain" | "limit" };

/** What a path names: ?1 and ?2 the account and service as in `SERVICE_SID`, ?3 the environment. */
const NAMED = `sid = ?3 AND service_sid = ${SERVICE_SID}`;

/** Finds an environment of the account's service, which its SID or unique name gives. */
export async function findEnvironment(
  db: D1Database,
  accountSid: string,
  serviceName: string,
  sid: string,
): Promise<EnvironmentRow | null> {
  return db
    .prepare(`SELECT * FROM environments WHERE ${NAMED}`)
    .bind(accountSid, serviceName, sid)
    .first<EnvironmentRow>();
}

export async function listEnvironments(
  db: D1Database,
  serviceSid: string,
  request: PageRequest,
): Promise<Page<EnvironmentRow>> {
  return selectPage(db, "SELECT * FROM environments WHERE service_sid = ?", [serviceSid], request);
}

/** Adds an environment, unless the service has `limit` already; one statement decides it all. */
export async function insertEnvironment(
  db: D1Database,
  environment: NewEnvironment,
  limit: number,
): Promise<EnvironmentInsertion> {
  try {
    const row = await db
      .prepare(
        `INSERT INTO environments (sid, account_sid, service_sid, unique_name, domain_suffix,
           domain_label, date_created, date_updated)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7
         WHERE (SELECT count(*) FROM environments WHERE service_sid = ?3) < ?8
         RETURNING *`,
      )
      .bind(
        environment.sid,
        environment.accountSid,
        environment.serviceSid,
        environment.uniqueName,
        environment.domainSuffix,
        environment.domainLabel,
        environment.date,
        limit,
      )
      .first<EnvironmentRow>();
    return row ? { ok: true, environment: row } : { ok: false, reason: "limit" };
  } catch (error) {
    if (isDuplicate(error, "environments.unique_name")) {
      return { ok: false, reason: "duplicate-name" };
    }
    if (isDuplicate(error, "environments.domain_label")) {
      return { ok: false, reason: "duplicate-domain" };
    }
    throw error;
  }
}

/**
 * Deletes an environment with its deployments, variables and domains, in one transaction. Returns
 * what it was reachable under, or null when the account has no such environment.
 */
export async function deleteEnvironment(
  db: D1Database,
  accountSid: string,
  serviceName: string,
  sid: string,
): Promise<DeletedHosts | null> {
  const [domains, deleted] = await db.batch<Record<string, string>>([
    db
      .prepare(
        `SELECT hostname FROM domains WHERE environment_sid = ?3 AND service_sid = ${SERVICE_SID}`,
      )
      .bind(accountSid, serviceName, sid),
    db
      .prepare(`DELETE FROM environments WHERE ${NAMED} RETURNING sid, domain_label`)
      .bind(accountSid, serviceName, sid),
  ]);
  return deleted?.results.length ? deletedHosts(deleted, domains) : null;
}
