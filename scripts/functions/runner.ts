import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";

const ROOT = path.join(import.meta.dirname, "../..");
const RUNNER = path.join(ROOT, "src/functions/runner");

/**
 * Bundles src/functions/runner into dist/functions/runner.txt, a text module of the gateway. Its
 * first line is a comment with the version: the first 16 digits of the SHA-256 of what follows.
 */
export async function buildRunner(): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: [path.join(RUNNER, "main.ts")],
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "esnext",
    alias: { "side-channel": path.join(RUNNER, "side-channel.cjs") },
    external: ["node:*", "cloudflare:*", "manifest.json", "native.cjs"],
    minify: true,
    legalComments: "none",
    logLevel: "warning",
  });
  const code = outputFiles[0]?.text ?? "";
  const version = createHash("sha256").update(code).digest("hex").slice(0, 16);
  const directory = path.join(ROOT, "dist/functions");
  await mkdir(directory, { recursive: true });
  await writeFile(path.join(directory, "runner.txt"), `// ${version}\n${code}`);
}
