import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { type BuildOptions, build } from "esbuild";

const OUTPUT = path.join(import.meta.dirname, "../../dist/functions");

/**
 * Bundles a dynamic Worker of our own into dist/functions/<name>.txt, a text module of the gateway.
 * Its first line is a comment with the version: the first 16 digits of the SHA-256 of what follows.
 */
export async function bundleWorkerText(name: string, options: BuildOptions): Promise<void> {
  const { outputFiles } = await build({
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "esnext",
    minify: true,
    legalComments: "none",
    logLevel: "warning",
    ...options,
  });
  const code = outputFiles?.[0]?.text ?? "";
  const version = createHash("sha256").update(code).digest("hex").slice(0, 16);
  await mkdir(OUTPUT, { recursive: true });
  await writeFile(path.join(OUTPUT, `${name}.txt`), `// ${version}\n${code}`);
}
