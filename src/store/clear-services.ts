import { BUILDS_PER_STATEMENT } from "./retention.ts";

/** What D1 deletes with a service in some seconds: builds of a thousand versions, and log lines. */
export const BUILDS_AT_ONCE = 200;
export const LOGS_AT_ONCE = 20_000;

/** Log lines in one statement. */
const LOGS_PER_STATEMENT = 5_000;

/**
 * Deletes what services have past these numbers, a bounded piece a statement: of the builds that no
 * environment serves, and of the log lines, the oldest. D1 gives a statement 30 seconds, in which
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
  const logs = `DELETE FROM logs WHERE seq IN (
    SELECT seq FROM logs WHERE environment_sid IN (
      SELECT sid FROM environments WHERE service_sid IN ${services})
    ORDER BY seq DESC LIMIT ${LOGS_PER_STATEMENT} OFFSET ${LOGS_AT_ONCE}) RETURNING seq`;
  await repeat(db.prepare(builds).bind(...values), BUILDS_PER_STATEMENT);
  await repeat(db.prepare(logs).bind(...values), LOGS_PER_STATEMENT);
}

/** Runs a statement until it deletes fewer rows than it may. */
async function repeat(statement: D1PreparedStatement, full: number): Promise<void> {
  for (;;) {
    const { results } = await statement.all();
    if (results.length < full) return;
  }
}
