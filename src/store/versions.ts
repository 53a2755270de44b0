import { type Page, type PageRequest, selectPage } from "./pages.ts";

export type Visibility = "public" | "protected" | "private";

/** A version of an asset or a function: bytes in R2, and everything about them here. Never changed. */
export type VersionRow = {
  seq: number;
  sid: string;
  kind: "asset" | "function";
  account_sid: string;
  service_sid: string;
  resource_sid: string;
  /** As the client wrote it, with a leading slash. */
  path: string;
  visibility: Visibility;
  content_type: string;
  /** Bytes. */
  content_size: number;
  /** Lower-case hexadecimal. */
  content_sha256: string;
  /** JSON: what was found in its bytes; null where nobody told. */
  facts: string | null;
  date_created: string;
};

export type NewVersion = {
  sid: string;
  resourceSid: string;
  path: string;
  visibility: Visibility;
  contentType: string;
  contentSize: number;
  contentSha256: string;
  date: string;
};

/**
 * Adds a version; null when its resource was deleted meanwhile. What is known of the same bytes in an
 * earlier version is known of this one.
 */
export async function insertVersion(
  db: D1Database,
  version: NewVersion,
): Promise<VersionRow | null> {
  return db
    .prepare(
      `INSERT INTO versions (sid, kind, account_sid, service_sid, resource_sid, path, visibility,
         content_type, content_size, content_sha256, facts, date_created)
       SELECT ?1, kind, account_sid, service_sid, sid, ?3, ?4, ?5, ?6, ?7,
         (SELECT facts FROM versions WHERE resource_sid = ?2 AND content_sha256 = ?7
           AND facts IS NOT NULL ORDER BY seq DESC LIMIT 1), ?8
       FROM resources WHERE sid = ?2 AND date_deleted IS NULL
       RETURNING *`,
    )
    .bind(
      version.sid,
      version.resourceSid,
      version.path,
      version.visibility,
      version.contentType,
      version.contentSize,
      version.contentSha256,
      version.date,
    )
    .first<VersionRow>();
}

/** Takes back what `insertVersion` may have added. */
export async function deleteVersion(db: D1Database, sid: string): Promise<void> {
  await db.prepare("DELETE FROM versions WHERE sid = ?").bind(sid).run();
}

export async function findVersion(
  db: D1Database,
  resourceSid: string,
  sid: string,
): Promise<VersionRow | null> {
  return db
    .prepare("SELECT * FROM versions WHERE resource_sid = ? AND sid = ?")
    .bind(resourceSid, sid)
    .first<VersionRow>();
}

export async function listVersions(
  db: D1Database,
  resourceSid: string,
  request: PageRequest,
): Promise<Page<VersionRow>> {
  return selectPage(db, "SELECT * FROM versions WHERE resource_sid = ?", [resourceSid], request);
}
