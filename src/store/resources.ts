import { type Page, type PageRequest, selectPage } from "./pages.ts";
import { SERVICE_SID } from "./services.ts";

/** Assets and Functions: to Twilio one kind of resource, a name that has versions. */
export type ResourceKind = "asset" | "function";

export type ResourceRow = {
  seq: number;
  sid: string;
  kind: ResourceKind;
  account_sid: string;
  service_sid: string;
  friendly_name: string;
  /** Set when deleted: gone for clients, kept until no build holds a version of it. */
  date_deleted: string | null;
  date_created: string;
  date_updated: string;
};

/** What a path names: ?1 and ?2 the account and service as in `SERVICE_SID`, ?3 the kind, ?4 the SID. */
const NAMED = `sid = ?4 AND kind = ?3 AND service_sid = ${SERVICE_SID} AND date_deleted IS NULL`;

export type ResourceName = {
  accountSid: string;
  /** SID or unique name. */
  serviceName: string;
  kind: ResourceKind;
  sid: string;
};

function nameValues({ accountSid, serviceName, kind, sid }: ResourceName): string[] {
  return [accountSid, serviceName, kind, sid];
}

export async function findResource(
  db: D1Database,
  name: ResourceName,
): Promise<ResourceRow | null> {
  return db
    .prepare(`SELECT * FROM resources WHERE ${NAMED}`)
    .bind(...nameValues(name))
    .first<ResourceRow>();
}

export async function listResources(
  db: D1Database,
  serviceSid: string,
  kind: ResourceKind,
  request: PageRequest,
): Promise<Page<ResourceRow>> {
  const select =
    "SELECT * FROM resources WHERE service_sid = ? AND kind = ? AND date_deleted IS NULL";
  return selectPage(db, select, [serviceSid, kind], request);
}

/** Adds a resource; null when the account has no such service. */
export async function insertResource(
  db: D1Database,
  name: ResourceName,
  friendlyName: string,
  date: string,
): Promise<ResourceRow | null> {
  return db
    .prepare(
      `INSERT INTO resources (sid, kind, account_sid, service_sid, friendly_name, date_created,
         date_updated)
       SELECT ?4, ?3, ?1, sid, ?5, ?6, ?6 FROM services WHERE sid = ${SERVICE_SID}
       RETURNING *`,
    )
    .bind(...nameValues(name), friendlyName, date)
    .first<ResourceRow>();
}

/** Renames a resource; null when the account has no such one. */
export async function updateResource(
  db: D1Database,
  name: ResourceName,
  friendlyName: string,
  date: string,
): Promise<ResourceRow | null> {
  return db
    .prepare(
      `UPDATE resources SET friendly_name = ?5, date_updated = ?6 WHERE ${NAMED} RETURNING *`,
    )
    .bind(...nameValues(name), friendlyName, date)
    .first<ResourceRow>();
}

/** Marks a resource as deleted; false when the account has no such one. */
export async function deleteResource(
  db: D1Database,
  name: ResourceName,
  date: string,
): Promise<boolean> {
  const { meta } = await db
    .prepare(`UPDATE resources SET date_deleted = ?5 WHERE ${NAMED}`)
    .bind(...nameValues(name), date)
    .run();
  return meta.changes > 0;
}
