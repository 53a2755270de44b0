/** Which part of a list is asked for, as store/pages.ts has it. Lists stand newest first. */
export type PageQuery = { size: number; after?: number; before?: number; offset: number };

/** A page of rows, newest first, and whether there are others on either side. */
export type ActivityPage<Row> = { rows: Row[]; older: boolean; newer: boolean };

/** Bytes of one page, about: it goes through two isolates. */
const MAX_PAGE_BYTES = 1_500_000;

/**
 * Takes a page out of `rows`, which come in the order in which the page is read: oldest first where it
 * ends `before` something, else newest first. Reads no further than it needs.
 */
export async function takePage<Row>(
  rows: Iterable<Row> | AsyncIterable<Row>,
  { size, after, before, offset }: PageQuery,
  bytesOf: (row: Row) => number,
): Promise<ActivityPage<Row>> {
  const taken: Row[] = [];
  let skipped = 0;
  let bytes = 0;
  let more = false;
  for await (const row of rows) {
    if (skipped < offset) {
      skipped += 1;
      continue;
    }
    bytes += bytesOf(row);
    more = taken.length === size || (taken.length > 0 && bytes > MAX_PAGE_BYTES);
    if (more) break;
    taken.push(row);
  }
  if (before !== undefined) return { rows: taken.reverse(), older: true, newer: more };
  return { rows: taken, older: more, newer: after !== undefined || offset > 0 };
}
