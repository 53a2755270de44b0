import { seal, unseal } from "../contract/account-record.ts";
import { heldBytes } from "../contract/byte-budget.ts";
import { heldAnswer } from "../contract/held-answer.ts";
import { CLIENT_PACE } from "../contract/pace.ts";
import { workedOn } from "../contract/slices.ts";
import { type Page, type PageRequest, shortenPage } from "../store/pages.ts";
import type { ApiContext } from "./context.ts";
import { busy, invalid } from "./errors.ts";

const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 1000;
const MAX_PAGE = 999_999_999;

/**
 * Bytes of a page's rows: it ends before it has more, and its next_page_url goes on from there. One row
 * always stands in it.
 */
const MAX_PAGE_BYTES = 1_000_000;

/** A page of a list as asked for: what the store needs, and the page number to count on from. */
export type ListRequest = PageRequest & { page: number; token: string | null };

/**
 * Reads `PageSize`, `Page` and `PageToken` (contract 1.4); a size past 1000 is 1000, as the SDKs send
 * their `limit` there. `Page` alone counts pages from the front; beside a token it is only a number
 * to show. Throws 20001 for what is no number or no token of ours.
 */
export async function listRequest(context: ApiContext): Promise<ListRequest> {
  const size = queryNumber(context, "PageSize", 1, Infinity) ?? DEFAULT_PAGE_SIZE;
  const page = queryNumber(context, "Page", 0, MAX_PAGE) ?? 0;
  const request = { size: Math.min(size, MAX_PAGE_SIZE), page };
  const token = context.req.query("PageToken");
  if (token === undefined) return { ...request, token: null, offset: request.size * page };
  const cursor = await openCursor(context, token);
  if (!cursor) throw invalid("Invalid parameter PageToken: it is no token of this API");
  return { ...request, token, offset: 0, ...cursor };
}

type Direction = "after" | "before";

const PREFIXES: Record<Direction, string> = { after: "PA", before: "PB" };

/**
 * A cursor counts the rows of all accounts, and is nobody's business: a token is sealed, and of one
 * length (17 digits leave base64 no padding). It opens for the account and list that it was made for
 * alone.
 */
async function sealCursor(context: ApiContext, direction: Direction, seq: number): Promise<string> {
  const { ENCRYPTION_KEY } = context.env;
  const sealed = await seal(
    String(seq).padStart(17, "0"),
    cursorContext(context, direction),
    ENCRYPTION_KEY,
  );
  return PREFIXES[direction] + sealed.replaceAll("+", "-").replaceAll("/", "_");
}

async function openCursor(
  context: ApiContext,
  token: string,
): Promise<{ after: number } | { before: number } | null> {
  const direction = token.startsWith(PREFIXES.after) ? "after" : "before";
  if (!token.startsWith(PREFIXES[direction])) return null;
  const sealed = token.slice(2).replaceAll("-", "+").replaceAll("_", "/");
  const { ENCRYPTION_KEY } = context.env;
  const opened = await unseal(sealed, cursorContext(context, direction), ENCRYPTION_KEY);
  if (opened === null) return null;
  return direction === "after" ? { after: Number(opened) } : { before: Number(opened) };
}

function cursorContext(context: ApiContext, direction: Direction): string {
  return `page:${direction}:${context.var.accountSid}:${context.req.path}`;
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

/**
 * Returns the answer that shows `page` under `key`, each row as `present` makes it; fewer of them where
 * they would be more than a page may hold. Throws 20503 where the isolate holds too much already.
 */
export async function listResponse<Row extends { seq: number }, Shown>(
  context: ApiContext,
  key: string,
  request: ListRequest,
  page: Page<Row>,
  present: (row: Row) => Shown,
): Promise<Response> {
  const shown = new Map<Row, Uint8Array>();
  const encoder = new TextEncoder();
  const kept = shortenPage(page, request, MAX_PAGE_BYTES, (row) => {
    const bytes = encoder.encode(JSON.stringify(present(row)));
    shown.set(row, bytes);
    return bytes.byteLength;
  });
  const { rows, older, newer } = kept;
  const oldest = rows.at(-1);
  const newest = rows.at(0);
  const url = (number: number, token: string | null) =>
    pageUrl(context, { number, token, size: request.size });
  const next = older && oldest ? await sealCursor(context, "after", oldest.seq) : null;
  const previous = newer && newest ? await sealCursor(context, "before", newest.seq) : null;
  const meta = {
    first_page_url: url(0, null),
    key,
    next_page_url: next && url(request.page + 1, next),
    page: request.page,
    page_size: request.size,
    previous_page_url: previous && url(Math.max(request.page - 1, 0), previous),
    url: url(request.page, request.token),
  };
  await workedOn(rows.reduce((sum, row) => sum + (shown.get(row)?.byteLength ?? 0), 0));
  const list = rows.map((row) => shown.get(row) as Uint8Array);
  const body = listBody(
    encoder.encode(`{${JSON.stringify(key)}:[`),
    list,
    encoder.encode(`],"meta":${JSON.stringify(meta)}}`),
  );
  const hold = heldBytes.open(`api:${context.var.accountSid}`);
  const held = heldAnswer(body, hold, CLIENT_PACE, context.executionCtx);
  if (held === null) throw busy();
  return context.body(held, 200, { "Content-Type": "application/json" });
}

const COMMA = 0x2c;

function listBody(head: Uint8Array, rows: Uint8Array[], tail: Uint8Array): Uint8Array<ArrayBuffer> {
  const commas = Math.max(0, rows.length - 1);
  const size = rows.reduce((sum, { byteLength }) => sum + byteLength, commas);
  const body = new Uint8Array(head.byteLength + size + tail.byteLength);
  body.set(head);
  let at = head.byteLength;
  for (const [index, row] of rows.entries()) {
    if (index > 0) body[at++] = COMMA;
    body.set(row, at);
    at += row.byteLength;
  }
  body.set(tail, at);
  return body;
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
