import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "../build.ts";
import { npmRegistry } from "../npm-registry.ts";
import { claimPort } from "../start/ports.ts";
import { startRuntime } from "../start/runtime.ts";
import { type Gauge, openGauge } from "./memory.ts";

/** Starts the Worker as `npm start` does, with empty stores, and a gauge of its memory. */
export async function startSoakServer(credentials: {
  accountSid: string;
  authToken: string;
}): Promise<{ url: string; gauge: Gauge; stop(): Promise<void> }> {
  await build();
  const storage = mkdtempSync(path.join(tmpdir(), "ringback-soak-"));
  const port = await claimPort(0);
  const runtime = await startRuntime(
    {
      configPath: path.join(import.meta.dirname, "../../wrangler.toml"),
      port,
      absoluteTargets: false,
      storage,
      inspectorPort: 0,
      variables: {
        BASE_DOMAIN: `localhost:${port}`,
        TWILIO_ACCOUNT_SID: credentials.accountSid,
        TWILIO_AUTH_TOKEN: credentials.authToken,
        TWILIO_AUTH_TOKEN_SECONDARY: "",
        NPM_REGISTRY: npmRegistry(process.env),
        ENCRYPTION_KEY: Buffer.alloc(32, "soak").toString("base64"),
      },
    },
    (line, sink) => process[sink].write(`${line}\n`),
  );
  const gauge = await openGauge(await runtime.miniflare.getInspectorURL());
  return {
    url: `http://localhost:${port}`,
    gauge,
    async stop() {
      gauge.close();
      await runtime.stop();
      rmSync(storage, { recursive: true, force: true });
    },
  };
}
