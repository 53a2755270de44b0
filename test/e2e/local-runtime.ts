import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Runtime, startRuntime } from "../../scripts/start/runtime.ts";

/** What seals records in these stores. */
export const ENCRYPTION_KEY = Buffer.alloc(32, "e2e").toString("base64");

/**
 * Starts the Worker as `npm start` does, with empty stores, and says nothing. On any free port; where
 * `port` is given, the web addresses that it tells have it.
 */
export async function startLocalRuntime(
  operator: { accountSid: string; authToken: string },
  port = 0,
  variables: Record<string, string> = {},
): Promise<Runtime> {
  const storage = mkdtempSync(path.join(tmpdir(), "ringback-stores-"));
  const runtime = await startRuntime(
    {
      configPath: path.join(import.meta.dirname, "../../wrangler.toml"),
      port,
      absoluteTargets: false,
      storage,
      variables: {
        TWILIO_ACCOUNT_SID: operator.accountSid,
        TWILIO_AUTH_TOKEN: operator.authToken,
        TWILIO_AUTH_TOKEN_SECONDARY: "",
        ENCRYPTION_KEY,
        ...(port === 0 ? {} : { BASE_DOMAIN: `localhost:${port}` }),
        ...variables,
      },
    },
    () => {},
  );
  return {
    ...runtime,
    async stop() {
      await runtime.stop();
      rmSync(storage, { recursive: true, force: true });
    },
  };
}
