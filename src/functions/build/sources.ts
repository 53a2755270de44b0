import { decodeSource } from "../../contract/package-format.ts";
import { workedOn } from "../../contract/slices.ts";
import type { Bucket } from "./bucket.ts";
import { mebibytes } from "./limits.ts";
import { canBeModule, moduleAsset } from "./module-asset.ts";
import { type Script, scriptLoads } from "./needs.ts";
import { packagedName } from "./package-rules.ts";
import type { BuildMessage, CheckedSources, SourceFile } from "./protocol.ts";
import { ESM_MESSAGE, type ReadSource, readSource, type SourceFacts } from "./source.ts";
import { MAX_NODES, type Spending } from "./source-parser.ts";
import { assemblyOf } from "./wasm.ts";

export type ReadSources = {
  files: CheckedSources["files"];
  scripts: Script[];
  /** Names and strings of all scripts. */
  mentioned: Set<string>;
  errors: BuildMessage[];
  warnings: BuildMessage[];
};

/** Characters of a private ES module: it stands in the package's header. */
const MAX_MODULE = 512 * 1024;

/** Bytes of one script. */
const MAX_SCRIPT_SIZE = 12 * 1024 * 1024;

/** Reads every function and every private script of a build, one after the other. */
export async function readSources(bucket: Bucket, files: SourceFile[]): Promise<ReadSources> {
  const read: ReadSources = {
    ...{ files: [], scripts: [], mentioned: new Set(), errors: [], warnings: [] },
  };
  const spending: Spending = { nodes: MAX_NODES };
  /** Private scripts that are none. */
  const broken: { file: SourceFile; message: BuildMessage }[] = [];
  /** Private assets that are ES modules, by file name. */
  const modules = new Map<string, string>();
  for (const file of files) {
    const { path, key, size } = file;
    const name = packagedName(file);
    const isScript = file.kind === "function" || /\.[cm]?js$/.test(path);
    const result = isScript ? await readFile(bucket, file, spending, modules) : null;
    const plain = result?.ok && !modules.has(name);
    const script = plain ? scriptOf(result.facts) : null;
    const wasm = path.endsWith(".wasm") ? await assemblyAt(bucket, key) : null;
    read.files.push({ name, key, size, path, script, ...(wasm && { wasm }) });
    if (result === null) continue;
    if (!result.ok) {
      const message = {
        message: result.message,
        path,
        ...(result.line > 0 && { line: result.line }),
      };
      if (file.kind === "function") read.errors.push(message);
      // A page's own script may well be a private asset: it is read, never required.
      else if (result.module) read.warnings.push(message);
      else broken.push({ file, message });
      continue;
    }
    const { facts } = result;
    read.scripts.push({ name, key: file.kind === "function" ? path.slice(1) : path, facts });
    for (const word of facts.names) read.mentioned.add(word);
    for (const word of facts.strings) if (word.length < 64) read.mentioned.add(word);
  }
  for (const file of read.files) {
    const source = modules.get(file.name);
    if (source !== undefined) {
      file.module = moduleAsset(file.name, source, new Set(modules.keys()));
    }
  }
  for (const { file, message } of broken) {
    if (mayBeLoaded(file, read.scripts)) read.errors.push(message);
    else read.warnings.push({ ...message, message: `${message.message} (nothing requires it)` });
  }
  return read;
}

async function assemblyAt(bucket: Bucket, key: string): Promise<string | null> {
  const bytes = await bucket.get(key);
  return bytes && ((await assemblyOf(bytes))?.sha256 ?? null);
}

/** Reads a script; one that is an ES module goes into `modules` where the build can carry it. */
async function readFile(
  bucket: Bucket,
  file: SourceFile,
  spending: Spending,
  modules: Map<string, string>,
): Promise<ReadSource> {
  const { key, size, path } = file;
  if (size > MAX_SCRIPT_SIZE) {
    return refused(`A script may have ${mebibytes(MAX_SCRIPT_SIZE)}: this has ${mebibytes(size)}`);
  }
  const bytes = await bucket.get(key);
  if (bytes === null) return { ...refused("its bytes are missing: upload it again"), line: 0 };
  let source: string;
  try {
    source = decodeSource(bytes);
  } catch {
    return refused("This is not JavaScript: it is not UTF-8");
  }
  await workedOn(bytes.byteLength);
  const read = path.endsWith(".mjs") ? null : await readSource(source, spending);
  if (read?.ok || (read !== null && !read.module) || file.kind === "function") {
    return read ?? refused(ESM_MESSAGE);
  }
  const name = packagedName(file);
  if (!canBeModule(name) || source.length > MAX_MODULE) {
    return read ?? { ok: false, module: true, message: ESM_MESSAGE, line: 1 };
  }
  const asModule = await readSource(source, spending, "module");
  if (asModule.ok) modules.set(name, source);
  return asModule;
}

/** What makes code from text goes by one of these names. */
const COMPILERS = ["Function", "AsyncFunction", "GeneratorFunction", "eval"];

function scriptOf({
  imports,
  names,
  makesCode,
}: SourceFacts): CheckedSources["files"][number]["script"] {
  return {
    imports,
    ...((makesCode || COMPILERS.some((name) => names.has(name))) && { compiles: true as const }),
  };
}

function refused(message: string): ReadSource & { ok: false } {
  return { ok: false, module: false, message, line: 1 };
}

/** Whether a script names this private asset, or loads what cannot be told. */
function mayBeLoaded(file: SourceFile, scripts: Script[]): boolean {
  const facts = { imports: [], required: [], requiresComputed: false, looksUpComputed: false };
  const stand: Script = {
    name: packagedName(file),
    key: file.path,
    facts: { ...facts, strings: new Set(), names: new Set(), usesSdk: false, makesCode: false },
  };
  const loads = scriptLoads([...scripts, stand]);
  return scripts.some(({ name }) => {
    const loaded = loads.get(name);
    return loaded === "unknown" || loaded?.includes(stand);
  });
}
