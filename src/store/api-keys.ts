import { accountExists } from "./accounts.ts";
import { type Page, type PageRequest, selectPage } from "./pages.ts";

export type ApiKeyRow = {
  seq: number;
  sid: string;
  account_sid: string;
  friendly_name: string;
  /** Lower-case hexadecimal. */
  secret_sha256: string;
  date_created: string;
  date_updated: string;
};

/** Returns the key if its account still is one: the operator's, or a row of `accounts`. */
export async function findApiKey(
  db: D1Database,
  sid: string,
  operatorSid: string,
): Promise<ApiKeyRow | null> {
  return db
    .prepare(
      `SELECT * FROM api_keys WHERE sid = ?1 AND ${accountExists("api_keys.account_sid", "?2")}`,
    )
    .bind(sid, operatorSid)
    .first<ApiKeyRow>();
}

export async function findAccountApiKey(
  db: D1Database,
  accountSid: string,
  sid: string,
): Promise<ApiKeyRow | null> {
  return db
    .prepare("SELECT * FROM api_keys WHERE sid = ? AND account_sid = ?")
    .bind(sid, accountSid)
    .first<ApiKeyRow>();
}

export async function listApiKeys(
  db: D1Database,
  accountSid: string,
  request: PageRequest,
): Promise<Page<ApiKeyRow>> {
  return selectPage(db, "SELECT * FROM api_keys WHERE account_sid = ?", [accountSid], request);
}

/** Adds a key; null when its account is gone. */
export async function insertApiKey(
  db: D1Database,
  key: {
    sid: string;
    accountSid: string;
    friendlyName: string;
    secretSha256: string;
    date: string;
  },
  operatorSid: string,
): Promise<ApiKeyRow | null> {
  return db
    .prepare(
      `INSERT INTO api_keys (sid, account_sid, friendly_name, secret_sha256, date_created,
         date_updated)
       SELECT ?1, ?2, ?3, ?4, ?5, ?5 WHERE ${accountExists("?2", "?6")} RETURNING *`,
    )
    .bind(key.sid, key.accountSid, key.friendlyName, key.secretSha256, key.date, operatorSid)
    .first<ApiKeyRow>();
}

/** Deletes a key; false when the account has no such one. */
export async function deleteApiKey(
  db: D1Database,
  accountSid: string,
  sid: string,
): Promise<boolean> {
  const { meta } = await db
    .prepare("DELETE FROM api_keys WHERE sid = ? AND account_sid = ?")
    .bind(sid, accountSid)
    .run();
  return meta.changes > 0;
}
