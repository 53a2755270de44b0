import path from "node:path";
import { bundleWorkerText } from "./worker-text.ts";

const ROOT = path.join(import.meta.dirname, "../..");

/** Bundles src/functions/build into dist/functions/builder.txt, as buildRunner does the runner. */
export function buildBuilder(): Promise<void> {
  return bundleWorkerText("builder", {
    entryPoints: [path.join(ROOT, "src/functions/build/main.ts")],
    conditions: ["workerd", "worker"],
    external: ["node:*", "cloudflare:*"],
    // Its ES module compiles WebAssembly from bytes, which a Worker may not.
    alias: { "cjs-module-lexer": path.join(ROOT, "node_modules/cjs-module-lexer/lexer.js") },
  });
}
