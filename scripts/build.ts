/**
 * Builds what Functions run on into dist/: the runner that stands in every dynamic Worker, and the
 * npm packages that deployed code may depend on. The same sources give the same bytes.
 */
import { buildLibraries } from "./functions/libraries.ts";
import { buildRunner } from "./functions/runner.ts";

await buildRunner();
await buildLibraries();
