/**
 * Builds into dist/ what the Worker is deployed with beside its own code: the console, the runner
 * that stands in every dynamic Worker, and the npm packages that deployed functions may depend on.
 * The same sources give the same bytes, and what is up to date is not built again.
 */
import { fileURLToPath } from "node:url";
import { buildConsole } from "./build-console.ts";
import { buildBuilder } from "./functions/builder.ts";
import { buildInterpreter } from "./functions/interpreter.ts";
import { buildLibraries } from "./functions/libraries.ts";
import { writeRegistry } from "./functions/registry.ts";
import { buildRunner } from "./functions/runner.ts";

/** `report` prints what a first visit of the console downloads, when it is built. */
export async function build({ report = false } = {}): Promise<void> {
  await buildRunner();
  await buildBuilder();
  await buildInterpreter();
  await writeRegistry();
  await buildLibraries();
  await buildConsole({ report });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build({ report: true });
