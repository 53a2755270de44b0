import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { accountRecordKey } from "../../src/contract/account-record.ts";
import { closureKey } from "../../src/contract/closure-format.ts";
import { environmentRecordKey } from "../../src/contract/environment-record.ts";
import { lockKey } from "../../src/contract/lock.ts";
import { assetKey, manifestKey } from "../../src/contract/manifest.ts";
import { libraryKey, packageKey } from "../../src/contract/package-format.ts";

/** Not by a static import: its types are the Worker's, which Node's programs are not checked with. */
const compiledBuild = "../../src/publish/compiled-build.ts";

const root = path.join(import.meta.dirname, "../..");
const page = readFileSync(path.join(root, "docs/storage-schema.md"), "utf8");

/** The first cells of the table under the heading that starts with `store`. */
function listed(store: string): string[] {
  const section = page.split(/^## /m).find((text) => text.startsWith(store)) ?? "";
  return [...section.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1] as string);
}

/** All source files, as one text. */
function source(directory: string): string {
  return readdirSync(path.join(root, directory), { withFileTypes: true })
    .map((entry) => {
      const name = path.join(directory, entry.name);
      if (entry.isDirectory()) return source(name);
      return name.endsWith(".ts") ? readFileSync(path.join(root, name), "utf8") : "";
    })
    .join("\n");
}

describe("docs/storage-schema.md", () => {
  it("lists every table that the migrations make, and no other", () => {
    const directory = path.join(root, "src/store/migrations");
    const tables = new Set<string>();
    for (const file of readdirSync(directory).sort()) {
      const sql = readFileSync(path.join(directory, file), "utf8");
      for (const [, table] of sql.matchAll(/^CREATE TABLE (\w+)/gm)) tables.add(table as string);
      for (const [, table] of sql.matchAll(/^DROP TABLE (\w+)/gm)) tables.delete(table as string);
    }
    expect(listed("D1").sort()).toEqual([...tables].sort());
  });

  it("lists every table of an environment's activity", () => {
    const schema = readFileSync(path.join(root, "src/activity/schema.ts"), "utf8");
    const tables = [...schema.matchAll(/CREATE TABLE IF NOT EXISTS (\w+)/g)].map(
      ([, name]) => name,
    );
    expect(listed("Durable Object (`ACTIVITY`)")).toEqual(tables);
  });

  it("lists the keys that the code makes", async () => {
    const { buildKey } = await import(compiledBuild);
    expect(listed("KV")).toEqual([
      manifestKey("<hostname>"),
      accountRecordKey("<AccountSid>"),
      environmentRecordKey("<EnvironmentSid>"),
    ]);
    expect(listed("R2")).toEqual([
      assetKey("<ServiceSid>", "<VersionSid>"),
      buildKey("<ServiceSid>", "<BuildSid>"),
      packageKey("<ServiceSid>", "<BuildSid>"),
      lockKey("<ServiceSid>", "<BuildSid>"),
      libraryKey("<sha256>"),
      closureKey("<sha256>"),
      "npm/6/<checksum>/",
    ]);
  });

  it("knows every place that writes to KV and R2: a new one has its key on the page", () => {
    const writes = [
      ...source("src").matchAll(/\b(MANIFESTS|BYTES|bucket|bytes)\s*\.put\(\s*(\w+)/g),
    ];
    expect(writes.map(([, store, key]) => `${store}.put(${key}`).sort()).toEqual([
      "BYTES.put(key",
      "BYTES.put(key",
      "BYTES.put(lockKey",
      "BYTES.put(tried",
      "MANIFESTS.put(key",
      "MANIFESTS.put(key",
      "bucket.put(key",
      "bucket.put(key",
      "bucket.put(key",
      "bytes.put(key",
    ]);
  });
});
