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
      `SELECT * FROM api_keys WHERE sid = ?1
       AND (account_sid = ?2 OR EXISTS (SELECT 1 FROM accounts WHERE sid = api_keys.account_sid))`,
    )
    .bind(sid, operatorSid)
    .first<ApiKeyRow>();
}
