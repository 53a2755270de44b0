import path from "node:path";
import { bundleWorkerText } from "./worker-text.ts";

const ROOT = path.join(import.meta.dirname, "../..");

/** Bundles src/functions/interpreter into dist/functions/interpreter.txt, as buildRunner does the runner. */
export function buildInterpreter(): Promise<void> {
  return bundleWorkerText("interpreter", {
    entryPoints: [path.join(ROOT, "src/functions/interpreter/main.ts")],
    format: "cjs",
  });
}
