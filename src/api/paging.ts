import type { Page, PageRequest } from "../store/pages.ts";
import type { ApiContext } from "./context.ts";
import { invalid } from "./errors.ts";

const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 1000;
const MAX_PAGE = 999_999_999;

/** A page of a list as asked for: what the store needs, and the page number to count on from. */
export type ListRequest = PageRequest & { page: number; token: string | null };

/**
 * Reads `PageSize`, `Page` and `PageToken` (contract 1.4); a size past 1000 is 1000, as the SDKs send
 * their `limit` there. `Page` alone counts pages from the front; beside a token it is only a number
 * to show. Throws 20001 for what is no number or no token of ours.
 */
export function listRequest(context: ApiContext): ListRequest {
  const size = queryNumber(context, "PageSize", 1, Infinity) ?? DEFAULT_PAGE_SIZE;
  const page = queryNumber(context, "Page", 0, MAX_PAGE) ?? 0;
  const request = { size: Math.min(size, MAX_PAGE_SIZE), page };
  const token = context.req.query("PageToken");
  if (token === undefined) return { ...request, token: null, offset: request.size * page };
  const cursor = /^P([AB])(\d{1,15})$/.exec(token);
  if (!cursor) throw invalid("Invalid parameter PageToken: it is no token of this API");
  const seq = Number(cursor[2]);
  return {
    ...request,
    token,
    offset: 0,
    ...(cursor[1] === "A" ? { after: seq } : { before: seq }),
  };
}

function queryNumber(
  context: ApiContext,
  name: string,
  min: number,
  max: number,
): number | undefined {
  const value = context.req.query(name);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= min && number <= max) return number;
  const range = max === Infinity ? `from ${min}` : `from ${min} to ${max}`;
  throw invalid(`Invalid parameter ${name}: it must be a whole number ${range}`);
}

/** Returns the answer that shows `page` under `key`, each row as `present` makes it. */
export function listResponse<Row extends { seq: number }, Shown>(
  context: ApiContext,
  key: string,
  request: ListRequest,
  page: Page<Row>,
  present: (row: Row) => Shown,
): Response {
  const { rows, older, newer } = page;
  const oldest = rows.at(-1);
  const newest = rows.at(0);
  const url = (number: number, token: string | null) =>
    pageUrl(context, { number, token, size: request.size });
  return context.json({
    [key]: rows.map(present),
    meta: {
      first_page_url: url(0, null),
      key,
      next_page_url: older && oldest ? url(request.page + 1, `PA${oldest.seq}`) : null,
      page: request.page,
      page_size: request.size,
      previous_page_url:
        newer && newest ? url(Math.max(request.page - 1, 0), `PB${newest.seq}`) : null,
      url: url(request.page, request.token),
    },
  });
}

/** The list's own URL as the client wrote it, its filters kept, with another page. */
function pageUrl(
  context: ApiContext,
  page: { number: number; token: string | null; size: number },
): string {
  const url = new URL(context.req.url);
  for (const name of ["PageSize", "Page", "PageToken"]) url.searchParams.delete(name);
  url.searchParams.set("PageSize", String(page.size));
  url.searchParams.set("Page", String(page.number));
  if (page.token !== null) url.searchParams.set("PageToken", page.token);
  return url.href;
}
