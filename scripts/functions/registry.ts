import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { npmRegistry } from "../npm-registry.ts";

const OUTPUT = path.join(import.meta.dirname, "../../dist/functions");

/** Writes the registry that npm is configured for here, which the Worker uses unless NPM_REGISTRY names one. */
export async function writeRegistry(): Promise<void> {
  await mkdir(OUTPUT, { recursive: true });
  await writeFile(path.join(OUTPUT, "registry.txt"), npmRegistry(process.env));
}
