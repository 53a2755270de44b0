/**
 * Builds into dist/ what the Worker needs beside itself: the runner that stands in every dynamic
 * Worker, the npm packages that deployed code may depend on, and the console. The same sources give
 * the same bytes.
 */
import { buildConsole } from "./build-console.ts";
import { buildLibraries } from "./functions/libraries.ts";
import { buildRunner } from "./functions/runner.ts";

await buildRunner();
await buildLibraries();
await buildConsole();
