import { type Page, type PageRequest, selectPage } from "./pages.ts";
import type { ResourceKind } from "./resources.ts";
import type { VersionRow } from "./versions.ts";

/**
 * The newest version of each asset, or function, of a service; those that are deleted, or have none,
 * are not there.
 */
export async function listNewestVersions(
  db: D1Database,
  serviceSid: string,
  kind: ResourceKind,
  request: PageRequest,
): Promise<Page<VersionRow>> {
  const select = `SELECT * FROM versions WHERE seq IN (
      SELECT (SELECT max(seq) FROM versions WHERE resource_sid = resources.sid)
      FROM resources
      WHERE service_sid = ? AND kind = ? AND date_deleted IS NULL)`;
  return selectPage(db, select, [serviceSid, kind], request);
}
