import { canonicalPath } from "../canonical-path.ts";
import {
  chooseLibraries,
  type Dependency,
  type Library,
  type LibraryCatalogue,
} from "./libraries.ts";
import { flavours, packageName, type Script } from "./needs.ts";
import { decodeSource, type FunctionPackage, type PackageFile } from "./package-format.ts";
import type { Flavour } from "./protocol.ts";
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
 * Bytes of sources and private assets in one build. The gateway's isolate holds a package twice
 * while it hands it on, beside everything else that has a place in its 128 MB.
 */
export const MAX_PACKAGE_SIZE = 16 * 1024 * 1024;

/** Bytes of one script: a syntax tree is many times as large as its source. */
export const MAX_SCRIPT_SIZE = 2 * 1024 * 1024;

/** Twilio's limits of one build. */
export const MAX_FUNCTIONS = 50;
export const MAX_PRIVATE_ASSETS = 50;

/**
 * Lays the package of a build with functions: checks names, sizes, sources and dependencies, and
 * finds out which Twilio library each function needs. All that is wrong is told at once.
 */
export function layPackage(input: PackageInput): LaidPackage {
  const read = readFiles(input);
  const chosen = chooseLibraries(input.dependencies, input.catalogue);
  const errors = [
    ...countErrors(input),
    ...sizeErrors(input),
    ...pathErrors(input),
    ...read.errors,
    ...(chosen.ok ? [] : chosen.errors),
  ];
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

function readFiles(input: PackageInput): ReadFiles {
  const read: ReadFiles = { files: [], scripts: [], errors: [], warnings: [] };
  for (const { path, source } of input.functions) {
    const result = readScript(source);
    if (result.ok) addScript(read, functionFile(path), path.slice(1), source, result.facts);
    else read.errors.push({ message: result.message, path, line: result.line });
  }
  for (const { path, bytes } of input.privateAssets) {
    const name = assetFile(path);
    const result = /\.c?js$/.test(path) ? readScript(bytes) : null;
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

function readScript(bytes: Uint8Array): ReadSource {
  const size = bytes.byteLength;
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

function functionFile(path: string): string {
  return `functions${path}.js`;
}

function assetFile(path: string): string {
  return `assets${path}`;
}

function countErrors({ functions, privateAssets }: PackageInput): BuildMessage[] {
  const errors: BuildMessage[] = [];
  if (functions.length > MAX_FUNCTIONS) {
    errors.push({
      message: `A build can have ${MAX_FUNCTIONS} functions: ${functions.length} given`,
    });
  }
  if (privateAssets.length > MAX_PRIVATE_ASSETS) {
    const given = `${privateAssets.length} given`;
    errors.push({ message: `A build can have ${MAX_PRIVATE_ASSETS} private assets: ${given}` });
  }
  return errors;
}

function sizeErrors({ functions, privateAssets }: PackageInput): BuildMessage[] {
  const sizes = [
    ...functions.map(({ path, source }) => ({ path, size: source.byteLength })),
    ...privateAssets.map(({ path, bytes }) => ({ path, size: bytes.byteLength })),
  ];
  const total = sizes.reduce((sum, { size }) => sum + size, 0);
  if (total <= MAX_PACKAGE_SIZE) return [];
  const [largest] = sizes.sort((a, b) => b.size - a.size);
  const message =
    `Functions and private assets of a build may have ${mebibytes(MAX_PACKAGE_SIZE)} together: ` +
    `these have ${mebibytes(total)}, the largest is ${largest?.path} (${mebibytes(largest?.size ?? 0)})`;
  return [{ message }];
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

/** Names that are read under another name than they are stored by inside a Worker. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing control characters is the rule.
const UNUSABLE_CHARACTER = /[\u0000-\u001f\u007f%?#:\\]/;
const UNUSABLE_SEGMENT = /\/(?:\.{0,2})(?=\/|$)/;

function pathErrors({ functions, privateAssets, assetPaths }: PackageInput): BuildMessage[] {
  const errors: BuildMessage[] = [];
  const taken = new Map(assetPaths.map((path) => [canonicalPath(path), "an asset"]));
  const files = new Set<string>();
  for (const { path, kind } of [
    ...functions.map(({ path }) => ({ path, kind: "a function" })),
    ...privateAssets.map(({ path }) => ({ path, kind: "a private asset" })),
  ]) {
    if (!path.startsWith("/") || UNUSABLE_CHARACTER.test(path) || UNUSABLE_SEGMENT.test(path)) {
      const rule = "a name may not have % ? # : or \\, nor a part that is empty, . or ..";
      errors.push({ message: `The path of ${kind} cannot be used: ${rule}`, path });
      continue;
    }
    const canonical = canonicalPath(path);
    const other = taken.get(canonical);
    if (other !== undefined) errors.push({ message: `${other} and ${kind} have one path`, path });
    taken.set(canonical, kind);
    files.add(kind === "a function" ? functionFile(path) : assetFile(path));
  }
  for (const file of files) {
    const folder = [...files].find((other) => other.startsWith(`${file}/`));
    if (folder === undefined) continue;
    const path = file.replace(/^[a-z]+/, "");
    errors.push({ message: `${path} cannot be a file and a folder at once`, path });
  }
  return errors;
}
