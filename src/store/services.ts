import { accountExists } from "./accounts.ts";
import { clearServices } from "./clear-services.ts";
import { isDuplicate } from "./constraints.ts";
import { type DeletedHosts, deletedHosts } from "./deleted-hosts.ts";
import { type Page, type PageRequest, selectPage } from "./pages.ts";

export type ServiceRow = {
  seq: number;
  sid: string;
  account_sid: string;
  unique_name: string;
  friendly_name: string;
  include_credentials: 0 | 1;
  ui_editable: 0 | 1;
  domain_base: string;
  date_created: string;
  date_updated: string;
};

export type NewService = {
  sid: string;
  accountSid: string;
  uniqueName: string;
  friendlyName: string;
  includeCredentials: boolean;
  uiEditable: boolean;
  /** Candidates, the first that nobody has is taken. */
  domainBases: string[];
  date: string;
};

export type ServiceInsertion =
  | { ok: true; service: ServiceRow }
  | { ok: false; reason: "account-gone" | "limit" | "duplicate" | "no-domain" };

/** Finds a service of the account by its SID or its unique name. */
export async function findService(
  db: D1Database,
  accountSid: string,
  name: string,
): Promise<ServiceRow | null> {
  return db
    .prepare(`SELECT * FROM services WHERE ${NAMED}`)
    .bind(accountSid, name)
    .first<ServiceRow>();
}

/**
 * The service that a path names: ?1 is the account's SID, ?2 the service's SID or unique name. A
 * unique name never has the form of a SID, so the two cannot name different services.
 */
const NAMED = "account_sid = ?1 AND (sid = ?2 OR unique_name = ?2)";

/** The SID of that service, or null, as a subquery with the same two placeholders. */
export const SERVICE_SID = `(SELECT sid FROM services WHERE ${NAMED})`;

export async function listServices(
  db: D1Database,
  accountSid: string,
  request: PageRequest,
): Promise<Page<ServiceRow>> {
  return selectPage(db, "SELECT * FROM services WHERE account_sid = ?", [accountSid], request);
}

/**
 * Adds a service, unless the account has `limit` already. One transaction decides it all, so that two
 * clients at once cannot both take the last place, one name, or one domain. No `domain_base` extends
 * another by a hyphen: every label of a service starts with its base, so that two services' labels
 * never meet, whatever suffixes their environments take. Nor do they meet what another account's
 * deleted environments were reached under; the dot, which no label has, comes after the hyphen.
 */
export async function insertService(
  db: D1Database,
  service: NewService,
  limit: number,
  operatorSid: string,
): Promise<ServiceInsertion> {
  const made = "SELECT count(*) FROM services WHERE account_sid";
  const before = db
    .prepare(`SELECT (${made} = ?1) AS services, ${accountExists("?1", "?2")} AS account`)
    .bind(service.accountSid, operatorSid);
  const insertion = db
    .prepare(
      `INSERT INTO services (sid, account_sid, unique_name, friendly_name, include_credentials,
         ui_editable, domain_base, date_created, date_updated)
       SELECT ?1, ?2, ?3, ?4, ?5, ?6, candidate.value, ?7, ?7 FROM json_each(?8) AS candidate
       WHERE (${made} = ?2) < ?9 AND ${accountExists("?2", "?10")}
         AND NOT EXISTS (
           SELECT 1 FROM services
           WHERE substr(candidate.value || '-', 1, length(domain_base) + 1) = domain_base || '-'
              OR substr(domain_base, 1, length(candidate.value) + 1) = candidate.value || '-')
         AND NOT EXISTS (
           SELECT 1 FROM former_labels
           WHERE former_labels.account_sid <> ?2 AND (domain_label = candidate.value
             OR (domain_label > candidate.value || '-' AND domain_label < candidate.value || '.')))
       LIMIT 1
       RETURNING *`,
    )
    .bind(
      service.sid,
      service.accountSid,
      service.uniqueName,
      service.friendlyName,
      Number(service.includeCredentials),
      Number(service.uiEditable),
      service.date,
      JSON.stringify(service.domainBases),
      limit,
      operatorSid,
    );
  try {
    const [counted, inserted] = await db.batch([before, insertion]);
    const row = inserted?.results[0] as ServiceRow | undefined;
    if (row) return { ok: true, service: row };
    const found = counted?.results[0] as { services: number; account: 0 | 1 } | undefined;
    if (!found?.account) return { ok: false, reason: "account-gone" };
    return { ok: false, reason: found.services >= limit ? "limit" : "no-domain" };
  } catch (error) {
    if (isDuplicate(error, "services.unique_name")) return { ok: false, reason: "duplicate" };
    throw error;
  }
}

export type ServiceChange = {
  friendlyName?: string | undefined;
  includeCredentials?: boolean | undefined;
  uiEditable?: boolean | undefined;
  date: string;
};

/** Changes what is given; null when the account has no such service. */
export async function updateService(
  db: D1Database,
  accountSid: string,
  name: string,
  change: ServiceChange,
): Promise<ServiceRow | null> {
  return db
    .prepare(
      `UPDATE services SET friendly_name = coalesce(?3, friendly_name),
         include_credentials = coalesce(?4, include_credentials),
         ui_editable = coalesce(?5, ui_editable), date_updated = ?6
       WHERE ${NAMED} RETURNING *`,
    )
    .bind(
      accountSid,
      name,
      change.friendlyName ?? null,
      change.includeCredentials ?? null,
      change.uiEditable ?? null,
      change.date,
    )
    .first<ServiceRow>();
}

/**
 * Returns the services of an account, with how many keys each may have in KV: one a hostname, and one
 * an environment for what its functions run with.
 */
export async function servicesWithKeys(
  db: D1Database,
  accountSid: string,
): Promise<{ sid: string; keys: number }[]> {
  const { results } = await db
    .prepare(
      `SELECT sid, (SELECT count(*) FROM environments WHERE service_sid = services.sid) * 2
         + (SELECT count(*) FROM domains WHERE service_sid = services.sid) AS keys
       FROM services WHERE account_sid = ? ORDER BY seq`,
    )
    .bind(accountSid)
    .all<{ sid: string; keys: number }>();
  return results;
}

/**
 * Deletes a service with everything of it, and leaves a purge for its bytes, in one transaction, after
 * what it has too much of for one (clear-services.ts). Returns what it was reachable under, or null
 * when the account has no such service.
 */
export async function deleteService(
  db: D1Database,
  accountSid: string,
  name: string,
  date: string,
): Promise<DeletedHosts | null> {
  await clearServices(db, SERVICE_SID, [accountSid, name]);
  const [environments, domains, , deleted] = await db.batch<Record<string, string>>([
    db
      .prepare(`SELECT sid, domain_label FROM environments WHERE service_sid = ${SERVICE_SID}`)
      .bind(accountSid, name),
    db
      .prepare(`SELECT hostname FROM domains WHERE service_sid = ${SERVICE_SID}`)
      .bind(accountSid, name),
    db
      .prepare(
        `INSERT INTO purges (service_sid, date_created) SELECT sid, ?3 FROM services WHERE ${NAMED}`,
      )
      .bind(accountSid, name, date),
    db.prepare(`DELETE FROM services WHERE ${NAMED} RETURNING sid`).bind(accountSid, name),
  ]);
  if (!deleted?.results.length) return null;
  return deletedHosts(environments, domains);
}
