import { env } from "cloudflare:workers";
import type { RunnerEnv } from "./protocol.ts";

const { variables, credentials } = env as unknown as RunnerEnv;

/** What `context` and `process.env` both carry: the credentials, then the variables, which win. */
export const environment: Readonly<Record<string, string>> = {
  ...(credentials && {
    ACCOUNT_SID: credentials.accountSid,
    AUTH_TOKEN: credentials.authToken,
  }),
  ...variables,
};
