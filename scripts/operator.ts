import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseEnv } from "node:util";

const DEV_VARS = path.join(import.meta.dirname, "../.dev.vars");

/** An account's SID and its auth token. */
export type OperatorCredentials = { accountSid: string; authToken: string };

/**
 * Returns whose credentials a command calls the API with: those of the environment (TWILIO_ACCOUNT_SID,
 * TWILIO_AUTH_TOKEN), else those that `npm start` wrote to .dev.vars. Null where there are none.
 */
export function readOperator(environment: NodeJS.ProcessEnv): OperatorCredentials | null {
  const values = environment.TWILIO_ACCOUNT_SID
    ? environment
    : existsSync(DEV_VARS)
      ? parseEnv(readFileSync(DEV_VARS, "utf8"))
      : {};
  const { TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: authToken } = values;
  return accountSid && authToken ? { accountSid, authToken } : null;
}

/** Returns the Authorization field of HTTP Basic (RFC 7617). */
export function basicAuthorization({ accountSid, authToken }: OperatorCredentials): string {
  return `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString("base64")}`;
}
