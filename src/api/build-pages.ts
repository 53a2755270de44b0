import { worked } from "../contract/slices.ts";
import { type ListedBuild, listBuilds, versionsOfBuilds } from "../store/builds.ts";
import { type Page, type PageRequest, shortenPage } from "../store/pages.ts";
import type { VersionRow } from "../store/versions.ts";

/**
 * A build is shown with all its versions, a thousand and more: what a page of a thousand builds would
 * read does not fit into an isolate. A page ends before it would show more versions than this, which
 * take about as many bytes as a page may have (paging.ts).
 */
const MAX_VERSIONS = 2_000;

/** What reading one takes (contract/slices.ts). */
const STEPS_A_VERSION = 10;

export type BuildPage = { page: Page<ListedBuild>; versions: Map<string, VersionRow[]> };

/** Reads a page of a service's builds with their versions; it may be shorter than asked for. */
export async function listBuildsWithin(
  db: D1Database,
  serviceSid: string,
  request: PageRequest,
): Promise<BuildPage> {
  const listed = await listBuilds(db, serviceSid, request);
  const page = shortenPage(listed, request, MAX_VERSIONS, ({ version_count }) => version_count);
  const sids = page.rows.map(({ sid }) => sid);
  const versions = await versionsOfBuilds(db, sids);
  await worked(STEPS_A_VERSION * page.rows.reduce((sum, row) => sum + row.version_count, 0));
  return { page, versions };
}
