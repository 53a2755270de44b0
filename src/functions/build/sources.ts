import { decodeSource } from "../../contract/package-format.ts";
import type { Bucket } from "./bucket.ts";
import { mebibytes } from "./limits.ts";
import { type Script, scriptLoads } from "./needs.ts";
import { packagedName } from "./package-rules.ts";
import type { BuildMessage, CheckedSources, SourceFile } from "./protocol.ts";
import { ESM_MESSAGE, type ReadSource, readSource } from "./source.ts";
import { MAX_NODES, type Spending } from "./source-parser.ts";

export type ReadSources = {
  files: CheckedSources["files"];
  scripts: Script[];
  /** Names and strings of all scripts. */
  mentioned: Set<string>;
  errors: BuildMessage[];
  warnings: BuildMessage[];
};

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
  for (const file of files) {
    const { path, key, size } = file;
    const name = packagedName(file);
    const isScript = file.kind === "function" || /\.[cm]?js$/.test(path);
    const result = isScript ? await readFile(bucket, file, spending) : null;
    const script = result?.ok ? { imports: result.facts.imports } : null;
    read.files.push({ name, key, size, path, script });
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
  for (const { file, message } of broken) {
    if (mayBeLoaded(file, read.scripts)) read.errors.push(message);
    else read.warnings.push({ ...message, message: `${message.message} (nothing requires it)` });
  }
  return read;
}

async function readFile(bucket: Bucket, file: SourceFile, spending: Spending): Promise<ReadSource> {
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
  if (path.endsWith(".mjs")) return { ok: false, module: true, message: ESM_MESSAGE, line: 1 };
  return readSource(source, spending);
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
    facts: { ...facts, strings: new Set(), names: new Set(), usesSdk: false },
  };
  const loads = scriptLoads([...scripts, stand]);
  return scripts.some(({ name }) => {
    const loaded = loads.get(name);
    return loaded === "unknown" || loaded?.includes(stand);
  });
}
