import { isDuplicate } from "./constraints.ts";
import { type Page, type PageRequest, selectPage } from "./pages.ts";
import { SERVICE_SID } from "./services.ts";

export type VariableRow = {
  seq: number;
  sid: string;
  account_sid: string;
  service_sid: string;
  environment_sid: string;
  key: string;
  /** Sealed, as variable-values.ts opens it. */
  value: string;
  date_created: string;
  date_updated: string;
};

export type VariableName = {
  accountSid: string;
  /** SID or unique name. */
  serviceName: string;
  environmentSid: string;
  sid: string;
};

/** A variable written, `null` where what the path names is not there, or the key that is taken. */
export type VariableOutcome = VariableRow | null | "duplicate";

/** ?1 and ?2 the account and service as in `SERVICE_SID`, ?3 the environment, ?4 the variable. */
const NAMED = `sid = ?4 AND environment_sid = ?3 AND service_sid = ${SERVICE_SID}`;

function nameValues({ accountSid, serviceName, environmentSid, sid }: VariableName): string[] {
  return [accountSid, serviceName, environmentSid, sid];
}

export async function findVariable(
  db: D1Database,
  name: VariableName,
): Promise<VariableRow | null> {
  return db
    .prepare(`SELECT * FROM variables WHERE ${NAMED}`)
    .bind(...nameValues(name))
    .first<VariableRow>();
}

export async function listVariables(
  db: D1Database,
  environmentSid: string,
  request: PageRequest,
): Promise<Page<VariableRow>> {
  const select = "SELECT * FROM variables WHERE environment_sid = ?";
  return selectPage(db, select, [environmentSid], request);
}

/** Adds a variable with its sealed value; null, too, where the environment has `limit` already. */
export async function insertVariable(
  db: D1Database,
  name: VariableName,
  variable: { key: string; value: string; date: string },
  limit: number,
): Promise<VariableOutcome> {
  const statement = db
    .prepare(
      `INSERT INTO variables (sid, account_sid, service_sid, environment_sid, key, value,
         date_created, date_updated)
       SELECT ?4, ?1, service_sid, sid, ?5, ?6, ?7, ?7 FROM environments
       WHERE sid = ?3 AND service_sid = ${SERVICE_SID}
         AND (SELECT count(*) FROM variables WHERE environment_sid = ?3) < ?8
       RETURNING *`,
    )
    .bind(...nameValues(name), variable.key, variable.value, variable.date, limit);
  return written(statement);
}

/** Changes what is given. */
export async function updateVariable(
  db: D1Database,
  name: VariableName,
  change: { key: string | undefined; value: string | undefined; date: string },
): Promise<VariableOutcome> {
  const statement = db
    .prepare(
      `UPDATE variables SET key = coalesce(?5, key), value = coalesce(?6, value), date_updated = ?7
       WHERE ${NAMED} RETURNING *`,
    )
    .bind(...nameValues(name), change.key ?? null, change.value ?? null, change.date);
  return written(statement);
}

/** Deletes a variable; false when the account has no such one. */
export async function deleteVariable(db: D1Database, name: VariableName): Promise<boolean> {
  const { meta } = await db
    .prepare(`DELETE FROM variables WHERE ${NAMED}`)
    .bind(...nameValues(name))
    .run();
  return meta.changes > 0;
}

async function written(statement: D1PreparedStatement): Promise<VariableOutcome> {
  try {
    return await statement.first<VariableRow>();
  } catch (error) {
    if (isDuplicate(error, "variables.key")) return "duplicate";
    throw error;
  }
}
