import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { build } from "esbuild";
import type { PrebuiltLibrary } from "../../src/contract/package-format.ts";

const ROOT = path.join(import.meta.dirname, "../..");
const OUTPUT = path.join(ROOT, "dist/assets/libraries");
const require = createRequire(path.join(ROOT, "package.json"));

/**
 * The `twilio` packages that are bundled, newest first: a build that wants exactly one of these
 * versions starts faster with it. The first is what code gets that declares none.
 */
const TWILIO = ["twilio", "twilio-5", "twilio-4"];

/** Which modules inside `twilio` deployed code requires; its REST classes come through the client. */
const SDK_SUBPATHS = /^lib\/(?:base|jwt|twiml|webhooks)\/.*\.js$/;
const TWIML_SUBPATHS = /^lib\/twiml\/.*\.js$/;

/**
 * What a bundle stands in: the runner hands it a `require` for Node's modules, and gets back a table
 * from subpath to the function that returns its exports. The parentheses tell V8 that the function
 * will be called: else it reads the whole bundle once more when it is, which doubles what the first
 * use of the SDK takes.
 */
const HEAD =
  "module.exports=(function(require){const module={exports:{}};let exports=module.exports;";
const TAIL = "return module.exports});";

/**
 * Bundles these into dist/assets/libraries/, and writes catalogue.json there. A bundle that was made
 * from the same package versions is kept as it is.
 */
export async function buildLibraries(): Promise<void> {
  await mkdir(OUTPUT, { recursive: true });
  const stamp = await fingerprint();
  if (await isCurrent(stamp)) return;
  await rm(OUTPUT, { recursive: true });
  await mkdir(OUTPUT, { recursive: true });
  const libraries = await Promise.all(TWILIO.flatMap(bundleTwilio));
  await writeFile(path.join(OUTPUT, "catalogue.json"), JSON.stringify({ libraries }, null, 1));
  await writeFile(path.join(ROOT, "dist/libraries.stamp"), stamp);
}

/** What the bundles are made from: the locked package versions and this script. */
async function fingerprint(): Promise<string> {
  const hash = createHash("sha256");
  for (const file of ["package-lock.json", "scripts/functions/libraries.ts"]) {
    hash.update(await readFile(path.join(ROOT, file)));
  }
  return hash.digest("hex");
}

async function isCurrent(stamp: string): Promise<boolean> {
  const known = await readFile(path.join(ROOT, "dist/libraries.stamp"), "utf8").catch(() => "");
  const files = await readdir(OUTPUT);
  return known === stamp && files.includes("catalogue.json");
}

type Entry = { subpath: string; expression: string };

/** Each line of `twilio` twice: the whole SDK, and its TwiML alone. */
function bundleTwilio(alias: string): Promise<PrebuiltLibrary>[] {
  const documents = ["VoiceResponse", "MessagingResponse", "FaxResponse"].map(
    (name) => `get ${name}(){return require("${alias}/lib/twiml/${name}")}`,
  );
  const twiml = { subpath: ".", expression: `({ twiml: { ${documents.join(",")} } })` };
  return [
    write("twilio-twiml", alias, [twiml, ...entries(alias, TWIML_SUBPATHS)]),
    write("twilio", alias, [
      { subpath: ".", expression: `require(${JSON.stringify(alias)})` },
      { subpath: "./package.json", expression: `require("${alias}/package.json")` },
      ...entries(alias, SDK_SUBPATHS),
    ]),
  ];
}

function entries(alias: string, pattern: RegExp): Entry[] {
  const files = readdirSync(packageRoot(alias), { recursive: true, encoding: "utf8" });
  const kept = files.filter((file) => pattern.test(file)).sort();
  return kept
    .map((file) => file.replace(/\.js$/, ""))
    .map((id) => ({ subpath: `./${id}`, expression: `require("${alias}/${id}")` }));
}

async function write(name: string, alias: string, table: Entry[]): Promise<PrebuiltLibrary> {
  const { version } = JSON.parse(
    await readFile(path.join(packageRoot(alias), "package.json"), "utf8"),
  ) as { version: string };
  const members = table.map(
    ({ subpath, expression }) => `${JSON.stringify(subpath)}: () => ${expression}`,
  );
  const { outputFiles } = await build({
    stdin: { contents: `module.exports = { ${members.join(",\n")} };`, resolveDir: ROOT },
    bundle: true,
    write: false,
    platform: "node",
    format: "cjs",
    target: "es2022",
    // Setting them leaves out esbuild's own "module": a CommonJS package stays one.
    conditions: [],
    mainFields: ["main"],
    banner: { js: HEAD },
    footer: { js: TAIL },
    minify: true,
    keepNames: true,
    legalComments: "none",
    logLevel: "error",
  });
  const code = outputFiles[0]?.contents ?? new Uint8Array();
  const sha256 = createHash("sha256").update(code).digest("hex");
  const file = `${name}-${version}-${sha256.slice(0, 16)}.txt`;
  await writeFile(path.join(OUTPUT, file), code);
  return { name, version, file, sha256, subpaths: table.map(({ subpath }) => subpath) };
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
