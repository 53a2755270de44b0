import { clearServices } from "./clear-services.ts";
import { isDuplicate } from "./constraints.ts";
import { type DeletedHosts, deletedHosts } from "./deleted-hosts.ts";
import { type Page, type PageRequest, selectPage } from "./pages.ts";
import { readAsOf } from "./read-as-of.ts";

/** An account beside the operator's own. */
export type AccountRow = {
  seq: number;
  sid: string;
  friendly_name: string;
  /** As src/contract/account-record.ts encodes it; the account's KV value is a copy of this. */
  auth_tokens: string;
  date_created: string;
  date_updated: string;
};

export async function findAccount(db: D1Database, sid: string): Promise<AccountRow | null> {
  return db.prepare("SELECT * FROM accounts WHERE sid = ?").bind(sid).first<AccountRow>();
}

/**
 * Returns the tokens of an account as D1 keeps them, which is the record that KV holds, so that the
 * two compare as they are; null where there is no such account.
 */
export async function accountTokensAsOf(
  db: D1Database,
  sid: string,
): Promise<{ record: string | null; asOf: number }> {
  const statement = db.prepare("SELECT auth_tokens FROM accounts WHERE sid = ?").bind(sid);
  const { rows, asOf } = await readAsOf<Pick<AccountRow, "auth_tokens">>(db, statement);
  return { record: rows[0]?.auth_tokens ?? null, asOf };
}

/**
 * Returns the SQL condition that the account whose SID is `account` (a placeholder or a column) exists:
 * it is the operator's, the placeholder `operator`, or has a row. An account that is removed while its
 * request is under way gets nothing any more.
 */
export function accountExists(account: string, operator: string): string {
  return `(${account} = ${operator} OR EXISTS (SELECT 1 FROM accounts WHERE accounts.sid = ${account}))`;
}

/** Every account there is: an owner's subaccounts are few. */
export async function allAccounts(db: D1Database): Promise<AccountRow[]> {
  return (await db.prepare("SELECT * FROM accounts").all<AccountRow>()).results;
}

export async function listAccounts(
  db: D1Database,
  request: PageRequest,
): Promise<Page<AccountRow>> {
  return selectPage(db, "SELECT * FROM accounts WHERE true", [], request);
}

/** Adds an account; null when there is one of this SID. */
export async function insertAccount(
  db: D1Database,
  account: { sid: string; friendlyName: string; authTokens: string; date: string },
): Promise<AccountRow | null> {
  try {
    return await db
      .prepare(
        `INSERT INTO accounts (sid, friendly_name, auth_tokens, date_created, date_updated)
         VALUES (?1, ?2, ?3, ?4, ?4) RETURNING *`,
      )
      .bind(account.sid, account.friendlyName, account.authTokens, account.date)
      .first<AccountRow>();
  } catch (error) {
    if (isDuplicate(error, "accounts.sid")) return null;
    throw error;
  }
}

/** Renames an account; null when there is none of this SID. */
export async function renameAccount(
  db: D1Database,
  sid: string,
  friendlyName: string,
  date: string,
): Promise<AccountRow | null> {
  return db
    .prepare("UPDATE accounts SET friendly_name = ?2, date_updated = ?3 WHERE sid = ?1 RETURNING *")
    .bind(sid, friendlyName, date)
    .first<AccountRow>();
}

/** Replaces the tokens that `account` was read with; null when they have changed since. */
export async function replaceAuthTokens(
  db: D1Database,
  account: AccountRow,
  authTokens: string,
  date: string,
): Promise<AccountRow | null> {
  return db
    .prepare(
      `UPDATE accounts SET auth_tokens = ?3, date_updated = ?4
       WHERE sid = ?1 AND auth_tokens = ?2 RETURNING *`,
    )
    .bind(account.sid, account.auth_tokens, authTokens, date)
    .first<AccountRow>();
}

/** The services of the account ?1, as a subquery: none where `accounts` has no such row. */
const SERVICES = `(SELECT services.sid FROM services
  JOIN accounts ON accounts.sid = services.account_sid WHERE accounts.sid = ?1)`;

/**
 * Deletes an account with its keys and services, and leaves purges for their bytes, in one
 * transaction, after what they have too much of for one (clear-services.ts). Returns what its services
 * were reachable under, or null when there is no such account: nothing of the operator's, who has no
 * row, can be deleted here.
 */
export async function deleteAccount(
  db: D1Database,
  sid: string,
  date: string,
): Promise<DeletedHosts | null> {
  await clearServices(db, SERVICES, [sid]);
  const [environments, domains, , , , deleted] = await db.batch<Record<string, string>>([
    db
      .prepare(`SELECT sid, domain_label FROM environments WHERE service_sid IN ${SERVICES}`)
      .bind(sid),
    db.prepare(`SELECT hostname FROM domains WHERE service_sid IN ${SERVICES}`).bind(sid),
    db
      .prepare(
        `INSERT INTO purges (service_sid, date_created)
         SELECT sid, ?2 FROM services WHERE sid IN ${SERVICES}`,
      )
      .bind(sid, date),
    db.prepare(`DELETE FROM services WHERE sid IN ${SERVICES}`).bind(sid),
    db
      .prepare("DELETE FROM api_keys WHERE account_sid = (SELECT sid FROM accounts WHERE sid = ?)")
      .bind(sid),
    db.prepare("DELETE FROM accounts WHERE sid = ? RETURNING sid").bind(sid),
  ]);
  if (!deleted?.results.length) return null;
  return deletedHosts(environments, domains);
}
