import { seal, unseal } from "../contract/account-record.ts";

/**
 * Returns `value` as the row of the variable `sid` keeps it: sealed, and bound to that row. Throws
 * when `encryptionKey` is not 32 bytes of base64.
 */
export function sealVariable(sid: string, value: string, encryptionKey: string): Promise<string> {
  return seal(value, contextOf(sid), encryptionKey);
}

/**
 * Returns the value that `sealVariable` made for the row `sid`; null, with a line in the log, where it
 * was sealed under another key. `requestId` (RQ…) is the request that asks, where one does.
 */
export async function openVariable(
  { sid, value: sealed }: { sid: string; value: string },
  encryptionKey: string,
  requestId?: string,
): Promise<string | null> {
  const value = await unseal(sealed, contextOf(sid), encryptionKey);
  if (value === null) {
    console.error(JSON.stringify({ event: "variable-unreadable", requestId, sid }));
  }
  return value;
}

function contextOf(sid: string): string {
  return `variable:${sid}`;
}
