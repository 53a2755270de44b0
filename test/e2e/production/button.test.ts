/** What a "Deploy to Cloudflare" button needs of a repository (docs/operations.md names the source). */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseEnv } from "node:util";
import { describe, expect, it } from "vitest";
import { experimental_readRawConfig } from "wrangler";

const root = path.join(import.meta.dirname, "../../..");
const { rawConfig } = experimental_readRawConfig({ config: path.join(root, "wrangler.toml") });
const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
const secrets = Object.keys(parseEnv(readFileSync(path.join(root, ".dev.vars.example"), "utf8")));

describe("the configuration that a button reads", () => {
  it("has a name for what is made, and nobody's identifier, domain or account", () => {
    expect(rawConfig).toMatchObject({
      name: expect.stringMatching(/^[a-z0-9-]+$/),
      main: "src/worker.ts",
      r2_buckets: [{ binding: "BYTES", bucket_name: expect.any(String) }],
      d1_databases: [{ binding: "DB", database_name: expect.any(String) }],
      kv_namespaces: [{ binding: "MANIFESTS" }],
      workers_dev: true,
    });
    expect(rawConfig).not.toHaveProperty("routes");
    expect(rawConfig).not.toHaveProperty("account_id");
    expect(rawConfig.vars).not.toHaveProperty("BASE_DOMAIN");
    const text = readFileSync(path.join(root, "wrangler.toml"), "utf8").replaceAll(/#.*$/gm, "");
    expect(text).not.toMatch(/^(?:database_id|id) =|[0-9a-f]{32}/m);
  });

  it("asks for the secrets without which nothing works, and for nothing else", () => {
    expect(secrets.sort()).toEqual(["ENCRYPTION_KEY", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"]);
  });

  it("describes each secret and store", () => {
    const stores = [
      ...(rawConfig.kv_namespaces ?? []),
      ...(rawConfig.r2_buckets ?? []),
      ...(rawConfig.d1_databases ?? []),
    ].map(({ binding }) => binding);
    expect(Object.keys(manifest.cloudflare.bindings).sort()).toEqual(
      [...secrets, ...stores].sort(),
    );
    for (const { description } of Object.values<{ description: string }>(
      manifest.cloudflare.bindings,
    )) {
      expect(description).toMatch(/^[A-Z0-9].{20,}\.$/);
    }
  });

  it("has a build, and a deploy script that migrates", () => {
    expect(manifest.scripts).toMatchObject({
      build: expect.any(String),
      deploy: "node scripts/deploy.ts",
    });
    expect(existsSync(path.join(root, rawConfig.d1_databases?.[0]?.migrations_dir ?? ""))).toBe(
      true,
    );
  });
});
