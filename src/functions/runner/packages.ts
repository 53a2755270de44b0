import { posix } from "node:path";
import manifest from "manifest.json";
import native from "native.cjs";

/** A CommonJS file of a package, as the functions of its table are. */
export type PackageFile = (
  exports: unknown,
  require: unknown,
  module: object,
  filename: string,
  dirname: string,
) => void;

type Table = Record<string, PackageFile>;
/** `import()` in the file at `path`. */
type DynamicImport = (path: string, id: unknown) => Promise<object>;

const { tables, modules, links, dual = [] } = manifest.packages;
const loaded = new Map<string, Table>();
let dynamicImport: DynamicImport;

/** What `import()` in packages goes by. */
export function setDynamicImport(given: DynamicImport): void {
  dynamicImport = given;
}

/** The root of the package that `file` belongs to; null for the functions' own files. */
export function packageRoot(file: string): string | null {
  return ROOT.exec(file)?.[0] ?? null;
}

const ROOT =
  /^\/bundle\/node_modules\/(?:\.versions\/(?:@[^/]+\/)?[^/]+\/node_modules\/)?(?:@[^/]+\/)?[^/]+(?=\/)/;

/** The file at `path`, where it is CommonJS or JSON of a package; undefined else. */
export function packageFile(path: string): PackageFile | undefined {
  const root = packageRoot(path);
  for (const name of root === null ? [] : (tables[root] ?? [])) {
    let table = loaded.get(name);
    if (table === undefined) {
      const make = native.require(name) as (dynamicImport: DynamicImport) => Table;
      table = make((from, id) => dynamicImport(from, id));
      loaded.set(name, table);
    }
    if (Object.hasOwn(table, path)) return table[path];
  }
  return undefined;
}

/** Whether import() of `id` in a function gives an ES module in Node, and CommonJS here. */
export function isDual(id: string): boolean {
  return dual.includes(id);
}

/** Whether a file of a package was laid at `path`. */
export function isPackageFile(path: string): boolean {
  return modules[path] !== undefined || packageFile(path) !== undefined;
}

/** The shim by which a require() of the ES module at `path` goes; undefined for other files. */
export function moduleShim(path: string): string | undefined {
  return modules[path];
}

/**
 * The file that `id`, which is no path of the build's own, means in the file `from`; undefined where
 * nothing was laid for it.
 */
export function linkedFile(id: string, from: string): string | undefined {
  const root = packageRoot(from);
  const own = links[root ?? ""];
  if (!isRelative(id)) {
    const known = own !== undefined && Object.hasOwn(own, id) ? own[id] : undefined;
    // A Worker without the whole Twilio SDK lacks what only that leads to.
    if (known !== undefined && isPackageFile(known)) return known;
    if (root !== null) return undefined;
    // A name that stands in no literal: what lies at its path.
    const target = `/bundle/node_modules/${id}`;
    return EXTENSIONS.map((extension) => target + extension).find(isPackageFile);
  }
  return root === null ? undefined : own?.[`${posix.dirname(from).slice(root.length)}|${id}`];
}

/** What Node tries behind a path. */
export const EXTENSIONS = ["", ".js", ".json", "/index.js", "/index.json"];

/** Whether `id` is a path: absolute, or starting with a dot segment. */
export function isRelative(id: string): boolean {
  return /^(?:\/|\.{1,2}(?:\/|$))/.test(id);
}

/** As Node's require() of an ES module; `shim` has its namespace as the default export. */
export function requireModule(shim: string, filename: string): unknown {
  let all: Record<string, unknown>;
  try {
    all = native.require(shim) as Record<string, unknown>;
  } catch (error) {
    if (!/Top-level await/i.test((error as Error).message)) throw error;
    const message = `require() cannot be used on ${filename}: it has top-level await`;
    throw Object.assign(new Error(message), { code: "ERR_REQUIRE_ASYNC_MODULE" });
  }
  if ("module.exports" in all) return all["module.exports"];
  if (!("default" in all) || "__esModule" in all) return all;
  const exports = Object.create(null);
  for (const name of Object.keys(all)) {
    Object.defineProperty(exports, name, { enumerable: true, get: () => all[name] });
  }
  return Object.defineProperty(exports, "__esModule", { value: true });
}
