import path from "node:path";
import { bundleWorkerText } from "./worker-text.ts";

const RUNNER = path.join(import.meta.dirname, "../../src/functions/runner");

/** Bundles src/functions/runner into dist/functions/runner.txt. */
export function buildRunner(): Promise<void> {
  return bundleWorkerText("runner", {
    entryPoints: [path.join(RUNNER, "main.ts")],
    alias: { "side-channel": path.join(RUNNER, "side-channel.cjs") },
    external: ["node:*", "cloudflare:*", "manifest.json", "native.cjs", "bridge.js"],
  });
}
