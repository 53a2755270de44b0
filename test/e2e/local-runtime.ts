import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Runtime, startRuntime } from "../../scripts/start/runtime.ts";

/** What seals records in these stores. */
export const ENCRYPTION_KEY = Buffer.alloc(32, "e2e").toString("base64");

/** Starts the Worker as `npm start` does, on a free port with empty stores, and says nothing. */
export async function startLocalRuntime(operator: {
  accountSid: string;
  authToken: string;
}): Promise<Runtime> {
  const storage = mkdtempSync(path.join(tmpdir(), "ringback-stores-"));
  const runtime = await startRuntime(
    {
      configPath: path.join(import.meta.dirname, "../../wrangler.toml"),
      port: 0,
      absoluteTargets: false,
      storage,
      variables: {
        TWILIO_ACCOUNT_SID: operator.accountSid,
        TWILIO_AUTH_TOKEN: operator.authToken,
        TWILIO_AUTH_TOKEN_SECONDARY: "",
        ENCRYPTION_KEY,
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
