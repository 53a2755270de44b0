import { BUILDS_PER_STATEMENT } from "./retention.ts";

/** What D1 deletes with a service in some seconds: builds of a thousand versions. */
export const BUILDS_AT_ONCE = 200;

/**
 * Deletes what services have past these numbers, a bounded piece a statement: of the builds that no
 * environment serves, the oldest. D1 gives a statement 30 seconds, in which
 * nobody else is answered, and all of them at once would be more. `services` is a subquery of their
 * SIDs, which `values` fill. Cut short, it leaves services that have fewer builds to go back to.
 */
export async function clearServices(
  db: D1Database,
  services: string,
  values: string[],
): Promise<void> {
  const builds = `DELETE FROM builds WHERE sid IN (
    SELECT sid FROM builds WHERE service_sid IN ${services}
      AND NOT EXISTS (SELECT 1 FROM environments WHERE build_sid = builds.sid)
    ORDER BY seq DESC LIMIT ${BUILDS_PER_STATEMENT} OFFSET ${BUILDS_AT_ONCE}) RETURNING sid`;
  await repeat(db.prepare(builds).bind(...values), BUILDS_PER_STATEMENT);
}

/** Runs a statement until it deletes fewer rows than it may. */
async function repeat(statement: D1PreparedStatement, full: number): Promise<void> {
  for (;;) {
    const { results } = await statement.all();
    if (results.length < full) return;
  }
}
