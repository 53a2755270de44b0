import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseEnv } from "node:util";
import type { OperatorCredentials } from "../operator.ts";
import type { Ask } from "../production/secrets.ts";
import { ImportFailure } from "./failure.ts";
import type { Settings } from "./settings.ts";

const DEV_VARS = path.join(import.meta.dirname, "../../.dev.vars");

/**
 * Returns the credentials of the account at Twilio: its token is TWILIO_AUTH_TOKEN, unless
 * TWILIO_ACCOUNT_SID says that this is another account's; else it is asked for.
 */
export async function sourceCredentials(
  { from }: Settings,
  environment: NodeJS.ProcessEnv,
  ask: Ask,
): Promise<OperatorCredentials> {
  const { TWILIO_ACCOUNT_SID: sid, TWILIO_AUTH_TOKEN: token } = environment;
  const given = sid === undefined || sid === from ? token : undefined;
  const authToken = given || (await ask?.(`Auth token of ${from} at Twilio: `));
  if (authToken) return { accountSid: from, authToken };
  throw new ImportFailure(
    token && sid !== from
      ? `TWILIO_AUTH_TOKEN is that of ${sid}, by TWILIO_ACCOUNT_SID. Set both to those of ${from}.`
      : `Set TWILIO_AUTH_TOKEN to the auth token of ${from} (Twilio's console shows it under\n` +
          '"Account Info"), or run this in a terminal: it is asked for.',
  );
}

/**
 * Returns the credentials that may be those of the account that services come to, the likelier first:
 * RINGBACK_ACCOUNT_SID and RINGBACK_AUTH_TOKEN; on this machine, else, those that `npm start` wrote to
 * .dev.vars, then those of the account at Twilio, with which it may have been started; else they are
 * asked for.
 */
export async function targetCredentials(
  { to, from }: Settings,
  source: OperatorCredentials,
  environment: NodeJS.ProcessEnv,
  ask: Ask,
): Promise<OperatorCredentials[]> {
  const { RINGBACK_ACCOUNT_SID: sid, RINGBACK_AUTH_TOKEN: token } = environment;
  if (sid && token)
    return [{ accountSid: accountSidOf("RINGBACK_ACCOUNT_SID", sid), authToken: token }];
  const local = /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(new URL(to).hostname);
  if (local && !sid && !token) return [...devVars(), source];
  if (!ask) {
    throw new ImportFailure(
      `Set RINGBACK_ACCOUNT_SID and RINGBACK_AUTH_TOKEN to those of the account at ${to},\n` +
        "or run this in a terminal: they are asked for.",
    );
  }
  const accountSid =
    sid || (await ask(`Account SID at ${to} (nothing: ${from}, as at Twilio): `)) || from;
  const same = accountSid === from ? " (nothing: the same as at Twilio)" : "";
  const authToken = token || (await ask(`Auth token of ${accountSid} at ${to}${same}: `));
  if (!authToken && !same) throw new ImportFailure("Without a token nothing can be copied.");
  return [
    {
      accountSid: accountSidOf("The account", accountSid),
      authToken: authToken || source.authToken,
    },
  ];
}

function accountSidOf(name: string, value: string): string {
  if (/^AC[0-9a-fA-F]{32}$/.test(value)) return value;
  throw new ImportFailure(
    `${name} must be an account SID, AC and 32 hexadecimal digits. With an API key what is\n` +
      "protected could not be fetched to compare it.",
  );
}

function devVars(): OperatorCredentials[] {
  if (!existsSync(DEV_VARS)) return [];
  const { TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: authToken } = parseEnv(
    readFileSync(DEV_VARS, "utf8"),
  );
  return accountSid && authToken ? [{ accountSid, authToken }] : [];
}
