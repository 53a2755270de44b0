import { parse as parseNames } from "cjs-module-lexer";
import type { ClosureLinks, ClosureModule } from "../../contract/closure-format.ts";
import { workedOn } from "../../contract/slices.ts";
import type { Bucket } from "./bucket.ts";
import { CONNECTIONS, eachAtOnce, LIMITS } from "./limits.ts";
import { fileOf, type Instance, type Linker } from "./link.ts";
import type { Reach, Reached } from "./reach.ts";
import { Unavailable } from "./refusal.ts";
import { replacementFor } from "./replacements.ts";
import { BRIDGE, namesTaken, respelled, withImports } from "./respell.ts";
import { decode, encode, type PackageIndex, partKey } from "./unpack.ts";
import { type Assembly, assembliesIn, assemblyOf } from "./wasm.ts";

/** A module and its bytes, in the pieces that they are written in. */
export type LaidModule = ClosureModule & { pieces: Uint8Array[] };

export type Laid = {
  links: ClosureLinks;
  modules: LaidModule[];
  /** Packages whose WebAssembly was found, by their ids. */
  assembled: Set<string>;
};

/**
 * Makes a dynamic Worker's modules of the reached files: CommonJS and JSON as one table of functions
 * a package, ES modules as they are but for what they import. `broken`: files that are no JavaScript, by
 * path, and why: they throw that when they are asked for.
 */
export async function layFiles(
  bucket: Bucket,
  linker: Linker,
  reach: Reach,
  broken: Map<string, string>,
): Promise<Laid> {
  const compiles = reach.compiles && { compiles: true as const };
  const dual = reach.dual.size > 0 && { dual: [...reach.dual].sort() };
  const links: ClosureLinks = { tables: {}, modules: {}, links: reach.links, ...dual, ...compiles };
  const modules: LaidModule[] = [];
  const sources = new Map<string, string>();
  const byInstance = Map.groupBy(reach.files.values(), ({ instance }) => instance);
  let number = 0;
  const assembled = new Set<string>();
  const layAssembly = ({ sha256, bytes }: Assembly, { id }: Instance) => {
    assembled.add(id);
    links.wasm ??= {};
    if (links.wasm[sha256] !== undefined) return;
    const name = `dependencies/${sha256}.wasm`;
    links.wasm[sha256] = name;
    modules.push(moduleOf(name, "wasm", false, [bytes]));
  };
  await eachAtOnce([...byInstance], CONNECTIONS, async ([instance, files]) => {
    const data = reach.readers.has(instance)
      ? dataFiles(instance, reach.listers.has(instance))
      : [];
    const bytes = await readFiles(bucket, instance, [...files.map(({ file }) => file), ...data]);
    for (const [, { byteLength }] of bytes) await workedOn(byteLength);
    for (const sdk of [false, true]) {
      const table = tableOf(
        files.filter((one) => one.sdk === sdk && !one.esm),
        bytes,
        sdk ? [] : [...(reach.left.get(instance) ?? [])],
        broken,
      );
      if (table.length === 0) continue;
      const name = `dependencies/${number++}.cjs`;
      links.tables[instance.root] = [...(links.tables[instance.root] ?? []), name];
      const pieces = [encode("module.exports=(__import)=>({\n"), ...table, encode("});")];
      modules.push(moduleOf(name, "cjs", sdk, pieces));
    }
    for (const { file, esm } of files) {
      if (esm) sources.set(`${instance.root}/${file}`, decode(bytes.get(file) as Uint8Array));
    }
    for (const file of data) {
      const name = `${instance.root}/${file}`.slice("/bundle/".length);
      const content = bytes.get(file) as Uint8Array;
      modules.push(moduleOf(name, "data", false, [content]));
      const assembly = await assemblyOf(content);
      if (assembly !== null) layAssembly(assembly, instance);
    }
    for (const { file } of reach.assembling.has(instance.id) ? files : []) {
      const source = decode(bytes.get(file) as Uint8Array);
      for (const assembly of await assembliesIn(source)) layAssembly(assembly, instance);
    }
  });
  if (sources.size > 0)
    await layModules(bucket, linker, reach, sources, broken, { links, modules });
  modules.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { links, modules, assembled };
}

function moduleOf(
  name: string,
  type: ClosureModule["type"],
  sdk: boolean,
  pieces: Uint8Array[],
): LaidModule {
  const size = pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
  return { name, type, size, pieces, ...(sdk && { sdk }) };
}

const WRAPPED_HEAD = "(exports,require,module,__filename,__dirname){";

/** The entries of a table: `"<path>"(exports,…){ <source> },`. */
function tableOf(
  files: Reached[],
  bytes: Map<string, Uint8Array>,
  left: string[],
  broken: Map<string, string>,
): Uint8Array[] {
  const entries: Uint8Array[] = [];
  for (const { instance, file } of files) {
    const path = `${instance.root}/${file}`;
    const content = bytes.get(file) as Uint8Array;
    const { kind, touched } = fileOf(instance, file);
    const replacement = replacementFor(instance, file);
    if (replacement !== undefined) {
      entries.push(encode(`${JSON.stringify(path)}${WRAPPED_HEAD}${replacement}},\n`));
      continue;
    }
    if (broken.has(path)) {
      entries.push(encode(brokenEntry(path, broken.get(path) as string)));
      continue;
    }
    if (kind === "j") {
      entries.push(encode(jsonEntry(path, decode(content))));
      continue;
    }
    const source = touched ? encode(withImports(decode(content), path)) : content;
    entries.push(encode(`${JSON.stringify(path)}${WRAPPED_HEAD}`), source, encode("\n},\n"));
  }
  const root = files[0]?.instance.root;
  for (const file of root === undefined ? [] : left)
    entries.push(encode(leftEntry(`${root}/${file}`)));
  return entries;
}

function jsonEntry(path: string, text: string): string {
  const plain = JSON.stringify(text.replace(/^\uFEFF/, ""));
  return `${JSON.stringify(path)}(exports,require,module){module.exports=JSON.parse(${plain})},\n`;
}

/** A script of a part that is not used is empty; data that is asked for after all is a fault to be told. */
function leftEntry(path: string): string {
  const reason = `${path} was not laid: no function of the build names what it belongs to`;
  const body = path.endsWith(".json") ? `throw new Error(${JSON.stringify(reason)})` : "";
  return `${JSON.stringify(path)}(){${body}},\n`;
}

function brokenEntry(path: string, message: string): string {
  return `${JSON.stringify(path)}(){throw new SyntaxError(${JSON.stringify(message)})},\n`;
}

/** What a package may read: its data, JSON that is small, and scripts where it lists what there is. */
function dataFiles(instance: Instance, lists: boolean): string[] {
  const names: string[] = [];
  let total = 0;
  const all = Object.entries(instance.index?.files ?? {});
  const scripts = all.filter(([, { kind }]) => kind === "s");
  const others = all.filter(([, { kind }]) => kind !== "s");
  for (const [name, { kind, size }] of lists ? [...others, ...scripts] : others) {
    if (/[%?#:\\]/.test(name)) continue;
    if (kind === "j" && name !== "package.json" && size > 256 * 1024) continue;
    total += size;
    if (total > LIMITS.dataBytes) break;
    names.push(name);
  }
  return names;
}

/** Neighbours that are closer than this are read in one piece, of at most the second. */
const GAP = 32 * 1024;
const PIECE = 4 * 1024 * 1024;

async function readFiles(
  bucket: Bucket,
  instance: Instance,
  files: string[],
): Promise<Map<string, Uint8Array>> {
  const index = instance.index as PackageIndex;
  const wanted = [...new Set(files)]
    .map((file) => ({ file, ...fileOf(instance, file) }))
    .sort((a, b) => a.part - b.part || a.offset - b.offset);
  const found = new Map<string, Uint8Array>();
  for (let at = 0; at < wanted.length; ) {
    const first = wanted[at] as (typeof wanted)[number];
    let end = first.offset + first.size;
    let next = at + 1;
    for (; next < wanted.length; next++) {
      const { part, offset, size } = wanted[next] as typeof first;
      if (part !== first.part || offset - end > GAP || end - first.offset > PIECE) break;
      end = Math.max(end, offset + size);
    }
    const length = end - first.offset;
    const key = partKey(instance.integrity, index, first.part);
    const piece =
      length === 0 ? new Uint8Array() : await bucket.get(key, { offset: first.offset, length });
    if (piece === null || piece.byteLength !== length) throw new Unavailable(`${key} is missing`);
    for (const { file, offset, size } of wanted.slice(at, next)) {
      found.set(file, piece.subarray(offset - first.offset, offset - first.offset + size));
    }
    at = next;
  }
  return found;
}

/** Builtins that the runner mends before a package may have them. */
const MENDED = ["dns", "http", "https", "module", "net", "timers", "timers/promises", "tls"];

/** What the runner has of its own in some of them. */
const REPLACED: Record<string, string[]> = {
  net: ["Socket", "Stream", "connect", "createConnection"],
  timers: ["setTimeout", "setInterval", "setImmediate"],
  "timers/promises": ["setTimeout", "setInterval", "setImmediate"],
  tls: ["TLSSocket", "connect", "createSecureContext"],
};

/** A CommonJS or JSON file as ES modules import it. */
type Shim = { name: string; names: Set<string>; all: boolean; sdk: boolean };

async function layModules(
  bucket: Bucket,
  linker: Linker,
  reach: Reach,
  sources: Map<string, string>,
  broken: Map<string, string>,
  { links, modules }: Omit<Laid, "assembled">,
): Promise<void> {
  const shims = new Map<string, Shim>();
  const shimFor = (path: string, sdk: boolean) => {
    const fresh = { name: `dependencies/c${shims.size}.js`, names: new Set<string>() };
    const shim = shims.get(path) ?? { ...fresh, all: false, sdk: true };
    shim.sdk &&= sdk;
    shims.set(path, shim);
    return shim;
  };
  const numbered = new Map([...sources.keys()].sort().map((path, index) => [path, index]));
  for (const path of numbered.keys()) {
    const { instance, file, sdk } = reach.files.get(path) as Reached;
    const spell = (specifier: string, statement: string) => {
      const target = linker.resolve(instance, file, specifier, "import");
      if (target.kind === "builtin") {
        return MENDED.includes(target.id) ? `/dependencies/${target.id}.js` : `node:${target.id}`;
      }
      if (target.kind !== "file") return null;
      const to = `${target.instance.root}/${target.file}`;
      const reached = reach.files.get(to);
      if (reached === undefined) return null;
      if (reached.esm) return moduleName(to, numbered);
      const shim = shimFor(to, sdk);
      const { names, all } = namesTaken(statement);
      for (const name of names) shim.names.add(name);
      shim.all ||= all;
      return `/${shim.name}`;
    };
    const fault = broken.get(path);
    const code =
      fault === undefined
        ? respelled(sources.get(path) as string, path, spell)
        : `throw new SyntaxError(${JSON.stringify(fault)});export default null;`;
    await workedOn(code.length);
    const name = moduleName(path, numbered);
    modules.push(moduleOf(name.slice(1), "js", sdk, [encode(code)]));
    const required = `dependencies/e${numbered.get(path)}.js`;
    links.modules[path] = required;
    const all = `import*as all from ${JSON.stringify(name)};export default all;`;
    modules.push(moduleOf(required, "js", sdk, [encode(all)]));
  }
  for (const [path, shim] of shims) {
    const reached = reach.files.get(path) as Reached;
    if (shim.all) await addExportedNames(bucket, linker, reached, shim.names, new Set());
    modules.push(moduleOf(shim.name, "js", shim.sdk, [encode(shimCode(path, shim.names))]));
  }
  for (const id of MENDED) {
    modules.push(moduleOf(`dependencies/${id}.js`, "js", false, [encode(mendedCode(id))]));
  }
}

/** Its path below the root, where that can be a module's name: stacks then say what people know. */
function moduleName(path: string, numbered: Map<string, number>): string {
  const usable = /^[\w./@+-]+$/.test(path);
  return usable ? path.slice("/bundle".length) : `/dependencies/m${numbered.get(path)}.js`;
}

function shimCode(path: string, names: Set<string>): string {
  const list = [...names]
    .filter((name) => name !== "default")
    .map((name, index) => [`v${index}`, JSON.stringify(name)] as const);
  const head =
    `import{load}from"${BRIDGE}";const m=load(${JSON.stringify(path)});` +
    "export default m;const o=m==null?{}:m;";
  if (list.length === 0) return head;
  const values = list.map(([value, name]) => `${value}=o[${name}]`).join(",");
  const exported = list.map(([value, name]) => `${value} as ${name}`).join(",");
  return `${head}const ${values};export{${exported}};`;
}

function mendedCode(id: string): string {
  if (id === "module") {
    return (
      `import{createRequire as c}from"${BRIDGE}";export*from"node:module";` +
      `import d from"node:module";export const createRequire=c;` +
      "export default Object.assign(Object.create(d),{createRequire:c});"
    );
  }
  const members = REPLACED[id]?.map((name) => `${name}=m.${name}`).join(",");
  return (
    `import{builtin}from"${BRIDGE}";const m=builtin(${JSON.stringify(id)});` +
    `export*from"node:${id}";export default m;${members ? `export const ${members};` : ""}`
  );
}

/** For `import * as x` and `export *`: the names that Node finds too, by the same lexer. */
async function addExportedNames(
  bucket: Bucket,
  linker: Linker,
  { instance, file }: Pick<Reached, "instance" | "file">,
  names: Set<string>,
  seen: Set<string>,
): Promise<void> {
  const path = `${instance.root}/${file}`;
  if (seen.has(path) || seen.size > 200 || fileOf(instance, file).kind !== "s") return;
  seen.add(path);
  const bytes = (await readFiles(bucket, instance, [file])).get(file) as Uint8Array;
  let found: { exports: string[]; reexports: string[] };
  try {
    found = parseNames(decode(bytes));
  } catch {
    return;
  }
  for (const name of found.exports) names.add(name);
  for (const specifier of found.reexports) {
    const target = linker.resolve(instance, file, specifier, "require");
    if (target.kind === "file") await addExportedNames(bucket, linker, target, names, seen);
  }
}
