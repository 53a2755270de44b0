import { canonicalPath } from "../../contract/canonical-path.ts";
import {
  decodeSource,
  type FunctionPackage,
  type PackageFile,
} from "../../contract/package-format.ts";
import type { Flavour } from "../runner/protocol.ts";
import {
  chooseLibraries,
  type Dependency,
  type Library,
  type LibraryCatalogue,
} from "./libraries.ts";
import { flavours, packageName, type Script } from "./needs.ts";
import {
  assetFile,
  functionFile,
  MAX_SCRIPT_SIZE,
  mebibytes,
  packageErrors,
} from "./package-rules.ts";
import { type ReadSource, readSource, type SourceFacts } from "./source.ts";

export type Visibility = "public" | "protected" | "private";

export type PackageInput = {
  functions: { path: string; sid: string; visibility: Visibility; source: Uint8Array }[];
  privateAssets: { path: string; sid: string; bytes: Uint8Array }[];
  /** Paths of the build's public and protected assets: no function may have one of them. */
  assetPaths: string[];
  dependencies: Dependency[];
  catalogue: LibraryCatalogue;
};

/** What a build tells its author. `line` counts from 1. */
export type BuildMessage = { message: string; path?: string; line?: number };

/** What the manifest says of a function; a private one has no place there. */
export type PackagedFunction = {
  /** Canonical. */
  path: string;
  sid: string;
  visibility: Visibility;
  flavour: Flavour;
};

export type LaidPackage =
  | { ok: true; package: FunctionPackage; functions: PackagedFunction[]; warnings: BuildMessage[] }
  | { ok: false; errors: BuildMessage[] };

/**
 * Lays the package of a build with functions: checks names, sizes, sources and dependencies, and
 * finds out which Twilio library each function needs. All that is wrong is told at once.
 */
export async function layPackage(input: PackageInput): Promise<LaidPackage> {
  const read = await readFiles(input);
  const chosen = chooseLibraries(input.dependencies, input.catalogue);
  const errors = [...packageErrors(input), ...read.errors, ...(chosen.ok ? [] : chosen.errors)];
  if (errors.length > 0 || !chosen.ok) return { ok: false, errors };

  const flavourOf = flavours(read.scripts);
  const functions = input.functions.map(({ path, sid, visibility }) => ({
    path: canonicalPath(path) as string,
    sid,
    visibility,
    flavour: flavourOf.get(functionFile(path)) as Flavour,
  }));
  const libraries = carriedLibraries(chosen.libraries, read.scripts);
  const sdk = functions.some(({ flavour }) => flavour === "sdk");
  libraries.push(...twilioLibraries(input.catalogue, chosen.libraries, sdk));
  return {
    ok: true,
    package: {
      functions: Object.fromEntries(input.functions.map(({ path }) => [path, functionFile(path)])),
      assets: Object.fromEntries(input.privateAssets.map(({ path }) => [path, assetFile(path)])),
      files: read.files,
      libraries: libraries.map(({ name, version, file, sha256 }) => ({
        name,
        version,
        file,
        sha256,
      })),
    },
    functions,
    warnings: [...chosen.warnings, ...read.warnings],
  };
}

/** Of the build's dependencies those that its code mentions, and what these need. */
function carriedLibraries(chosen: Library[], scripts: Script[]): Library[] {
  const mentioned = new Set(scripts.flatMap(({ facts }) => [...facts.strings].map(packageName)));
  const required = chosen.filter(({ name }) => mentioned.has(name));
  const names = new Set(required.flatMap(({ name, needs }) => [name, ...needs]));
  return chosen.filter(({ name }) => names.has(name) && name !== "twilio");
}

/** TwiML for every build, and the whole SDK where a function needs it: both of one version. */
function twilioLibraries(
  { libraries }: LibraryCatalogue,
  chosen: Library[],
  sdk: boolean,
): Library[] {
  const declared = chosen.find(({ name }) => name === "twilio");
  const newest = libraries.find(({ name }) => name === "twilio");
  const version = (declared ?? newest)?.version;
  return libraries.filter(
    (library) =>
      library.version === version &&
      (library.name === "twilio-twiml" || (sdk && library.name === "twilio")),
  );
}

type ReadFiles = {
  files: PackageFile[];
  scripts: Script[];
  errors: BuildMessage[];
  warnings: BuildMessage[];
};

async function readFiles(input: PackageInput): Promise<ReadFiles> {
  const read: ReadFiles = { files: [], scripts: [], errors: [], warnings: [] };
  for (const { path, source } of input.functions) {
    const result = await readScript(source);
    if (result.ok) addScript(read, functionFile(path), path.slice(1), source, result.facts);
    else read.errors.push({ message: result.message, path, line: result.line });
  }
  for (const { path, bytes } of input.privateAssets) {
    const name = assetFile(path);
    const result = /\.c?js$/.test(path) ? await readScript(bytes) : null;
    if (result?.ok) {
      addScript(read, name, path, bytes, result.facts);
      continue;
    }
    read.files.push({ name, bytes, script: null });
    if (result === null) continue;
    const message = { message: result.message, path, line: result.line };
    // A page's own script may well be a private asset: it is read, never required.
    if (result.module) read.warnings.push(message);
    else read.errors.push(message);
  }
  return read;
}

/** Bytes of a script that takes some milliseconds to parse. */
const LARGE_SCRIPT = 64 * 1024;

async function readScript(bytes: Uint8Array): Promise<ReadSource> {
  const size = bytes.byteLength;
  // The isolate's other requests go first.
  if (size > LARGE_SCRIPT) await new Promise((resolve) => setTimeout(resolve));
  if (size > MAX_SCRIPT_SIZE) {
    return refused(`A script may have ${mebibytes(MAX_SCRIPT_SIZE)}: this has ${mebibytes(size)}`);
  }
  let source: string;
  try {
    source = decodeSource(bytes);
  } catch {
    return refused("This is not JavaScript: it is not UTF-8");
  }
  return readSource(source);
}

function refused(message: string): ReadSource {
  return { ok: false, module: false, message, line: 1 };
}

function addScript(
  read: ReadFiles,
  name: string,
  key: string,
  bytes: Uint8Array,
  facts: SourceFacts,
): void {
  read.files.push({ name, bytes, script: { imports: facts.imports } });
  read.scripts.push({ name, key, facts });
}
