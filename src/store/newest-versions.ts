import { type Page, type PageRequest, selectPage } from "./pages.ts";
import type { VersionRow } from "./versions.ts";

/** The newest version of each asset of a service; assets that are deleted, or have none, are not there. */
export async function listNewestAssetVersions(
  db: D1Database,
  serviceSid: string,
  request: PageRequest,
): Promise<Page<VersionRow>> {
  const select = `SELECT * FROM versions WHERE seq IN (
      SELECT (SELECT max(seq) FROM versions WHERE resource_sid = resources.sid)
      FROM resources
      WHERE service_sid = ? AND kind = 'asset' AND date_deleted IS NULL)`;
  return selectPage(db, select, [serviceSid], request);
}
