import { readAsOf } from "./read-as-of.ts";

/** What D1 says the functions of an environment run with. */
export type FunctionSettings = {
  includeCredentials: boolean;
  /** Values sealed, as the row of a variable has them. */
  variables: { sid: string; key: string; value: string }[];
};

/** Whether an environment serves a build that has functions. */
const HAS_FUNCTIONS = `environments.deployment_sid IS NOT NULL AND EXISTS (
  SELECT 1 FROM build_versions JOIN versions ON versions.sid = build_versions.version_sid
  WHERE build_versions.build_sid = environments.build_sid AND versions.kind = 'function')`;

/** Settings by environment, as of a moment by D1's clock. */
export type SettingsAsOf = { settings: Map<string, FunctionSettings>; asOf: number };

/** Returns the settings of those of `environmentSids` that serve functions, in one query. */
export async function functionSettings(
  db: D1Database,
  environmentSids: string[],
): Promise<SettingsAsOf> {
  const statement = db
    .prepare(
      `SELECT environments.sid, services.include_credentials, (
         SELECT json_group_array(json_object('sid', sid, 'key', key, 'value', value))
         FROM variables WHERE environment_sid = environments.sid
       ) AS variables
       FROM environments JOIN services ON services.sid = environments.service_sid
       WHERE environments.sid IN (SELECT value FROM json_each(?)) AND ${HAS_FUNCTIONS}`,
    )
    .bind(JSON.stringify(environmentSids));
  type Row = { sid: string; include_credentials: 0 | 1; variables: string };
  const { rows, asOf } = await readAsOf<Row>(db, statement);
  const settings = new Map(
    rows.map(({ sid, include_credentials, variables }) => [
      sid,
      {
        includeCredentials: include_credentials === 1,
        variables: JSON.parse(variables) as FunctionSettings["variables"],
      },
    ]),
  );
  return { settings, asOf };
}

/** Returns the SIDs of up to `limit` environments that serve functions, `after` a `seq`. */
export async function environmentsWithFunctions(
  db: D1Database,
  after: number,
  limit: number,
): Promise<{ sids: string[]; next: number | null }> {
  const { results } = await db
    .prepare(
      `SELECT seq, sid FROM environments WHERE ${HAS_FUNCTIONS} AND seq > ? ORDER BY seq LIMIT ?`,
    )
    .bind(after, limit)
    .all<{ seq: number; sid: string }>();
  return {
    sids: results.map(({ sid }) => sid),
    next: results.length < limit ? null : (results.at(-1)?.seq ?? null),
  };
}

/** Returns the SIDs of a service's environments that serve functions. */
export async function functionEnvironments(db: D1Database, serviceSid: string): Promise<string[]> {
  const { results } = await db
    .prepare(`SELECT sid FROM environments WHERE service_sid = ? AND ${HAS_FUNCTIONS}`)
    .bind(serviceSid)
    .all<{ sid: string }>();
  return results.map(({ sid }) => sid);
}
