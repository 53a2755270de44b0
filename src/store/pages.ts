/** Which part of a list is asked for. Lists stand newest first; `seq` is the cursor. */
export type PageRequest = {
  size: number;
  /** Rows older than this `seq`. */
  after?: number;
  /** Rows newer than this `seq`, those next to it. */
  before?: number;
  /** Rows to leave out at the front, where there is no cursor. */
  offset: number;
};

export type Page<Row> = {
  /** Newest first. */
  rows: Row[];
  /** Whether there are older rows behind these. */
  older: boolean;
  /** Whether there are newer rows before these. */
  newer: boolean;
};

/**
 * Reads, in one query, one page of `select`: a SELECT with a WHERE clause and without ORDER BY or
 * LIMIT, whose placeholders `values` fill.
 */
export async function selectPage<Row>(
  db: D1Database,
  select: string,
  values: unknown[],
  request: PageRequest,
): Promise<Page<Row>> {
  const { results } = await pageStatement(db, select, values, request).all<Row>();
  return readPage(results, request);
}

function pageStatement(
  db: D1Database,
  select: string,
  values: unknown[],
  request: PageRequest,
): D1PreparedStatement {
  // One row more than is shown tells whether there is another page.
  const limit = request.size + 1;
  if (request.before !== undefined) {
    return db
      .prepare(`${select} AND seq > ? ORDER BY seq ASC LIMIT ?`)
      .bind(...values, request.before, limit);
  }
  if (request.after !== undefined) {
    return db
      .prepare(`${select} AND seq < ? ORDER BY seq DESC LIMIT ?`)
      .bind(...values, request.after, limit);
  }
  return db
    .prepare(`${select} ORDER BY seq DESC LIMIT ? OFFSET ?`)
    .bind(...values, limit, request.offset);
}

function readPage<Row>(results: Row[], request: PageRequest): Page<Row> {
  const more = results.length > request.size;
  const rows = results.slice(0, request.size);
  if (request.before !== undefined) return { rows: rows.reverse(), older: true, newer: more };
  const newer = request.after !== undefined || request.offset > 0;
  return { rows, older: more, newer };
}

/**
 * Cuts a page, at the end that is further from where it was asked to start, before its rows weigh more
 * than `most` together; one row stays.
 */
export function shortenPage<Row>(
  page: Page<Row>,
  request: PageRequest,
  most: number,
  weightOf: (row: Row) => number,
): Page<Row> {
  const backwards = request.before !== undefined;
  const rows = backwards ? page.rows.toReversed() : page.rows;
  let weight = 0;
  const past = rows.findIndex((row, index) => {
    weight += weightOf(row);
    return index > 0 && weight > most;
  });
  if (past === -1) return page;
  const kept = rows.slice(0, past);
  return backwards
    ? { ...page, rows: kept.reverse(), newer: true }
    : { ...page, rows: kept, older: true };
}
