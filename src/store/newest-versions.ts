import { type Page, type PageRequest, selectPage } from "./pages.ts";
import type { ResourceKind } from "./resources.ts";
import type { VersionRow } from "./versions.ts";

/**
 * The draft of a row of `resources`: the version that was chosen, as long as it is there and none came
 * after the choice, else the newest one.
 */
const DRAFT_SEQ = `coalesce(
    (SELECT chosen.seq FROM versions AS chosen
      WHERE chosen.sid = resources.draft_version_sid AND chosen.resource_sid = resources.sid
        AND NOT EXISTS (SELECT 1 FROM versions
          WHERE resource_sid = resources.sid AND seq > resources.draft_after)),
    (SELECT max(seq) FROM versions WHERE resource_sid = resources.sid))`;

/**
 * The draft version of each asset, or function, of a service: the newest, or an earlier one that was
 * chosen. Those that are deleted, or have none, are not there.
 */
export async function listNewestVersions(
  db: D1Database,
  serviceSid: string,
  kind: ResourceKind,
  request: PageRequest,
): Promise<Page<VersionRow>> {
  const select = `SELECT * FROM versions WHERE seq IN (
      SELECT ${DRAFT_SEQ} FROM resources
      WHERE service_sid = ? AND kind = ? AND date_deleted IS NULL)`;
  return selectPage(db, select, [serviceSid, kind], request);
}
