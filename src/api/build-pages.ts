import { type ListedBuild, listBuilds, versionsOfBuilds } from "../store/builds.ts";
import type { Page, PageRequest } from "../store/pages.ts";
import type { VersionRow } from "../store/versions.ts";

/**
 * A build is shown with all its versions, a thousand and more: a page of a thousand builds would not
 * fit into an isolate. A page ends before it would show more versions than this.
 */
const MAX_VERSIONS = 20_000;

export type BuildPage = { page: Page<ListedBuild>; versions: Map<string, VersionRow[]> };

/** Reads a page of a service's builds with their versions; it may be shorter than asked for. */
export async function listBuildsWithin(
  db: D1Database,
  serviceSid: string,
  request: PageRequest,
): Promise<BuildPage> {
  const page = shortened(await listBuilds(db, serviceSid, request), request);
  const sids = page.rows.map(({ sid }) => sid);
  return { page, versions: await versionsOfBuilds(db, sids) };
}

/** Cuts a page at the end that is further from where it was asked to start; one build stays. */
function shortened(page: Page<ListedBuild>, request: PageRequest): Page<ListedBuild> {
  const backwards = request.before !== undefined;
  const rows = backwards ? page.rows.toReversed() : page.rows;
  let versions = 0;
  const past = rows.findIndex((row, index) => {
    versions += row.version_count;
    return index > 0 && versions > MAX_VERSIONS;
  });
  if (past === -1) return page;
  const kept = rows.slice(0, past);
  return backwards
    ? { ...page, rows: kept.reverse(), newer: true }
    : { ...page, rows: kept, older: true };
}
