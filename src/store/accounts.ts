/** An account beside the operator's own. */
export type AccountRow = {
  seq: number;
  sid: string;
  friendly_name: string;
  /** As src/account-record.ts encodes it; the account's KV value is a copy of this. */
  auth_tokens: string;
  date_created: string;
  date_updated: string;
};

export async function findAccount(db: D1Database, sid: string): Promise<AccountRow | null> {
  return db.prepare("SELECT * FROM accounts WHERE sid = ?").bind(sid).first<AccountRow>();
}
