import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { build } from "esbuild";
import {
  LIBRARIES,
  type LibrarySource,
  SDK_SUBPATHS,
  TWILIO,
  TWIML_SUBPATHS,
  type TwilioSource,
} from "../../libraries/catalogue.ts";
import type { Library, LibraryCatalogue } from "../../src/functions/build/libraries.ts";

const ROOT = path.join(import.meta.dirname, "../..");
const SOURCES = path.join(ROOT, "libraries");
const OUTPUT = path.join(ROOT, "dist/assets/libraries");
const require = createRequire(path.join(SOURCES, "package.json"));

/**
 * What a bundle stands in: the runner hands it a `require` for Node's modules and other libraries,
 * and gets back a table from subpath to the function that returns its exports. The parentheses tell
 * V8 that the function will be called: else it reads the whole bundle once more when it is, which
 * doubles what the first use of the SDK takes.
 */
const HEAD =
  "module.exports=(function(require){const module={exports:{}};let exports=module.exports;";
const TAIL = "return module.exports});";

/**
 * Bundles every library into dist/assets/libraries/, and writes catalogue.json there. A bundle that
 * was made from the same package versions is kept as it is.
 */
export async function buildLibraries(): Promise<void> {
  await mkdir(OUTPUT, { recursive: true });
  const stamp = await fingerprint();
  if (await isCurrent(stamp)) return;
  await rm(OUTPUT, { recursive: true });
  await mkdir(OUTPUT, { recursive: true });
  const libraries = await Promise.all([
    ...TWILIO.flatMap(bundleTwilio),
    ...LIBRARIES.map(bundleLibrary),
  ]);
  const catalogue: LibraryCatalogue = { libraries };
  await writeFile(path.join(OUTPUT, "catalogue.json"), JSON.stringify(catalogue, null, 1));
  await writeFile(path.join(ROOT, "dist/libraries.stamp"), stamp);
}

/** What the bundles are made from: the locked package versions, the catalogue and this script. */
async function fingerprint(): Promise<string> {
  const hash = createHash("sha256");
  for (const file of [
    "package-lock.json",
    "libraries/catalogue.ts",
    "scripts/functions/libraries.ts",
  ]) {
    hash.update(await readFile(path.join(ROOT, file)));
  }
  return hash.digest("hex");
}

async function isCurrent(stamp: string): Promise<boolean> {
  const known = await readFile(path.join(ROOT, "dist/libraries.stamp"), "utf8").catch(() => "");
  const files = await readdir(OUTPUT);
  return known === stamp && files.includes("catalogue.json");
}

/** Each line of `twilio` twice: the whole SDK, and its TwiML alone. */
function bundleTwilio({ alias, serves }: TwilioSource): Promise<Library>[] {
  const documents = ["VoiceResponse", "MessagingResponse", "FaxResponse"].map(
    (name) => `get ${name}(){return require("${alias}/lib/twiml/${name}")}`,
  );
  const twiml = `".": () => ({ twiml: { ${documents.join(",")} } })`;
  return [
    write("twilio-twiml", alias, { serves }, [twiml, ...twilioEntries(alias, TWIML_SUBPATHS)]),
    write("twilio", alias, { serves }, [entry(".", alias), ...twilioEntries(alias, SDK_SUBPATHS)]),
  ];
}

function twilioEntries(alias: string, pattern: RegExp): string[] {
  const files = readdirSync(packageRoot(alias), { recursive: true, encoding: "utf8" });
  const kept = files.filter((file) => pattern.test(file)).sort();
  return kept
    .map((file) => file.replace(/\.js$/, ""))
    .map((id) => entry(`./${id}`, `${alias}/${id}`));
}

function bundleLibrary(source: LibrarySource): Promise<Library> {
  const name = source.alias ?? source.name;
  const subpaths = source.subpaths ?? [];
  const entries = [".", ...subpaths].map((subpath) =>
    entry(subpath, path.posix.join(name, subpath)),
  );
  return write(source.name, name, source, entries);
}

function entry(subpath: string, id: string): string {
  return `${JSON.stringify(subpath)}: () => require(${JSON.stringify(id)})`;
}

async function write(
  name: string,
  packageName: string,
  source: Omit<LibrarySource, "name">,
  entries: string[],
): Promise<Library> {
  const { version } = JSON.parse(
    await readFile(path.join(packageRoot(packageName), "package.json"), "utf8"),
  ) as { version: string };
  const { outputFiles } = await build({
    stdin: { contents: tableSource(packageName, source, entries), resolveDir: SOURCES },
    bundle: true,
    write: false,
    platform: "node",
    format: "cjs",
    target: "es2022",
    // Setting them leaves out esbuild's own "module": a CommonJS package stays one.
    conditions: source.conditions ?? [],
    mainFields: ["main"],
    alias: { "@twilio-labs/serverless-runtime-types": path.join(SOURCES, "types-only.cjs") },
    external: source.needs ?? [],
    banner: { js: HEAD },
    footer: { js: TAIL },
    minify: true,
    keepNames: true,
    legalComments: "none",
    logLevel: "error",
  });
  const code = outputFiles[0]?.contents ?? new Uint8Array();
  const sha256 = createHash("sha256").update(code).digest("hex");
  const file = `${name.replace("@", "").replace("/", "-")}-${version}-${sha256.slice(0, 16)}.txt`;
  await writeFile(path.join(OUTPUT, file), code);
  const { serves, needs = [] } = source;
  return { name, version, serves, needs, file, sha256, size: code.byteLength };
}

function tableSource(name: string, source: Omit<LibrarySource, "name">, entries: string[]): string {
  const table = `module.exports = { ${entries.join(",\n")} };`;
  if (source.members === undefined) return table;
  const member = source.members === "function" ? "all[key]" : "({ [key]: all[key] })";
  return `${table}
    const all = require(${JSON.stringify(name)});
    for (const key of Object.keys(all)) module.exports["./" + key] ??= () => ${member};`;
}

/** The folder of an installed package, whatever its exports hide. */
function packageRoot(name: string): string {
  const folders = require.resolve.paths(name) ?? [];
  const found = folders
    .map((folder) => path.join(folder, name))
    .find((folder) => existsSync(path.join(folder, "package.json")));
  if (found === undefined) throw new Error(`${name} is not installed: run npm ci`);
  return found;
}
