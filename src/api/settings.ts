import { unavailable } from "./errors.ts";
import { isSid } from "./sids.ts";

/**
 * Throws a 503 that names the first secret that is missing or cannot work. There is no default for
 * any of them: an installation that was not set up opens to nobody.
 */
export function requireSettings(env: Env): void {
  if (!isSid(env.TWILIO_ACCOUNT_SID ?? "", "AC")) throw missing("TWILIO_ACCOUNT_SID");
  // All zeros is what .dev.vars.example holds, which everyone can read.
  if (/^0*$/.test(env.TWILIO_AUTH_TOKEN ?? "")) throw missing("TWILIO_AUTH_TOKEN");
  if (!isEncryptionKey(env.ENCRYPTION_KEY ?? "")) throw missing("ENCRYPTION_KEY");
}

function isEncryptionKey(value: string): boolean {
  try {
    const bytes = Uint8Array.fromBase64(value);
    return bytes.byteLength === 32 && bytes.some((byte) => byte !== 0);
  } catch {
    return false;
  }
}

function missing(name: string) {
  return unavailable(
    `The secret ${name} is missing or malformed: set it with "wrangler secret put ${name}", or in .dev.vars for local use.`,
  );
}
