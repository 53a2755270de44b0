import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parse } from "smol-toml";
import { createTestHarness } from "wrangler";
import { residentBytes, runtimes } from "./workerd.ts";

const ROOT = path.join(import.meta.dirname, "../..");

export const OPERATOR = {
  accountSid: "AC0123456789abcdef0123456789abcdef",
  authToken: "0123456789abcdef0123456789abcdef",
};

export type BenchServer = {
  /** `http://localhost:<port>`. */
  origin: string;
  /** Bytes that the runtime's process holds now; null where the system does not tell. */
  residentBytes(): number | null;
  close(): Promise<void>;
};

/** Starts api-worker.ts with the bindings of wrangler.toml, over empty stores. */
export async function startBenchServer(): Promise<BenchServer> {
  const directory = await mkdtemp(path.join(tmpdir(), "ringback-bench-api-"));
  const configPath = path.join(directory, "wrangler.json");
  await writeFile(configPath, JSON.stringify(benchConfig()));
  const before = new Set(runtimes());
  // Else the harness asks the network for a cf object and a place to send figures.
  process.env.CLOUDFLARE_CF_FETCH_ENABLED = "false";
  process.env.WRANGLER_SEND_METRICS = "false";
  const harness = createTestHarness({
    workers: [
      {
        configPath,
        secrets: {
          TWILIO_ACCOUNT_SID: OPERATOR.accountSid,
          TWILIO_AUTH_TOKEN: OPERATOR.authToken,
          TWILIO_AUTH_TOKEN_SECONDARY: "",
          ENCRYPTION_KEY: Buffer.alloc(32, "bench").toString("base64"),
        },
      },
    ],
  });
  const { url } = await harness.listen();
  await harness.getWorker().applyD1Migrations("DB");
  const started = runtimes().filter((pid) => !before.has(pid));
  return {
    origin: `http://localhost:${url.port}`,
    residentBytes() {
      const sizes = started.map(residentBytes).filter((size) => size !== null);
      return sizes.length === 0 ? null : sizes.reduce((sum, size) => sum + size, 0);
    },
    async close() {
      await harness.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** wrangler.toml with api-worker.ts as its entry, its paths as they are from everywhere. */
function benchConfig() {
  const config = parse(readFileSync(path.join(ROOT, "wrangler.toml"), "utf8")) as {
    vars: object;
    assets: { directory: string };
    build: object;
    d1_databases: { migrations_dir: string }[];
  };
  return {
    ...config,
    main: path.join(import.meta.dirname, "api-worker.ts"),
    vars: { ...config.vars, BASE_DOMAIN: "localhost:8787" },
    assets: { ...config.assets, directory: path.join(ROOT, config.assets.directory) },
    build: { ...config.build, cwd: ROOT },
    d1_databases: config.d1_databases.map((database) => ({
      ...database,
      migrations_dir: path.join(ROOT, database.migrations_dir),
    })),
  };
}
