import { isDuplicate } from "./constraints.ts";
import { type Page, type PageRequest, selectPage } from "./pages.ts";

/** Another hostname for an environment's deployment. */
export type DomainRow = {
  seq: number;
  sid: string;
  account_sid: string;
  service_sid: string;
  environment_sid: string;
  /** Lower case, no port; nobody else's. */
  hostname: string;
  date_created: string;
  date_updated: string;
};

export type NewDomain = { sid: string; environmentSid: string; hostname: string; date: string };

export type DomainInsertion =
  | { ok: true; domain: DomainRow }
  | { ok: false; reason: "taken" | "limit" };

/** Adds a domain unless the environment has `limit` already or anyone has the hostname. */
export async function insertDomain(
  db: D1Database,
  domain: NewDomain,
  limit: number,
): Promise<DomainInsertion> {
  try {
    const row = await db
      .prepare(
        `INSERT INTO domains (sid, account_sid, service_sid, environment_sid, hostname,
           date_created, date_updated)
         SELECT ?1, account_sid, service_sid, sid, ?3, ?4, ?4 FROM environments
         WHERE sid = ?2 AND (SELECT count(*) FROM domains WHERE environment_sid = ?2) < ?5
         RETURNING *`,
      )
      .bind(domain.sid, domain.environmentSid, domain.hostname, domain.date, limit)
      .first<DomainRow>();
    return row ? { ok: true, domain: row } : { ok: false, reason: "limit" };
  } catch (error) {
    if (isDuplicate(error, "domains.hostname")) return { ok: false, reason: "taken" };
    throw error;
  }
}

export async function findDomain(
  db: D1Database,
  environmentSid: string,
  sid: string,
): Promise<DomainRow | null> {
  return db
    .prepare("SELECT * FROM domains WHERE environment_sid = ? AND sid = ?")
    .bind(environmentSid, sid)
    .first<DomainRow>();
}

export async function listDomains(
  db: D1Database,
  environmentSid: string,
  request: PageRequest,
): Promise<Page<DomainRow>> {
  const select = "SELECT * FROM domains WHERE environment_sid = ?";
  return selectPage(db, select, [environmentSid], request);
}

/** Deletes a domain and returns what it was; null when the environment has no such one. */
export async function deleteDomain(
  db: D1Database,
  environmentSid: string,
  sid: string,
): Promise<DomainRow | null> {
  return db
    .prepare("DELETE FROM domains WHERE environment_sid = ? AND sid = ? RETURNING *")
    .bind(environmentSid, sid)
    .first<DomainRow>();
}
