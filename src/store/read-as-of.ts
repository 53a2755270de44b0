/** Rows, and the moment at which D1 said so. */
export type ReadAsOf<Row> = {
  rows: Row[];
  /** By D1's clock, milliseconds: of two readings, the one with the smaller is not the newer. */
  asOf: number;
};

/** Runs the query `statement`. D1 does one thing after the other: its clock orders all it has said. */
export async function readAsOf<Row>(
  db: D1Database,
  statement: D1PreparedStatement,
): Promise<ReadAsOf<Row>> {
  const [clock, read] = await db.batch<Record<string, unknown>>([
    db.prepare("SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER) AS now"),
    statement,
  ]);
  return { rows: (read?.results ?? []) as Row[], asOf: Number(clock?.results[0]?.now) };
}
