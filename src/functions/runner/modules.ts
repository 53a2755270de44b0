import { posix } from "node:path";
import bridge from "bridge.js";
import manifest from "manifest.json";
import native from "native.cjs";
import { isBuiltin, requireBuiltin, requireLibrary } from "./libraries.ts";
import {
  EXTENSIONS,
  isDual,
  isPackageFile,
  isRelative,
  linkedFile,
  moduleShim,
  packageFile,
  requireModule,
  setDynamicImport,
} from "./packages.ts";
import { TwilioResponse } from "./response.ts";
import { twilioModule } from "./twilio.ts";

/**
 * CommonJS as Node has it, over the files of the package and of npm's. The platform's own resolves no
 * extension and no index, knows no require.resolve, and does not find a file under the path it is read by.
 */
type Module = {
  id: string;
  filename: string;
  path: string;
  exports: unknown;
  loaded: boolean;
  /** Null for what started the process alone. */
  parent: Module | null;
  children: Module[];
  paths: string[];
  require: Require;
};

type Require = {
  (id: string): unknown;
  resolve(id: string): string;
  main: object;
  cache: Record<string, Module>;
  extensions: Record<string, unknown>;
};

type Wrapped = (
  exports: unknown,
  require: Require,
  module: Module,
  filename: string,
  dirname: string,
) => void;
type Outer = (
  response: typeof TwilioResponse,
  dynamicImport: (id: unknown) => Promise<object>,
) => Wrapped;

const cache: Record<string, Module> = Object.create(null);
/** What started the process, and loads functions: `require.main === module` is false. */
const main = {
  id: ".",
  filename: "",
  exports: {},
  loaded: true,
  parent: null,
  children: [],
  paths: [],
} as unknown as Module;

const importFrom = (path: string, id: unknown) =>
  dynamicImport(cache[path] ?? newModule(path, main), id);

setDynamicImport(importFrom);

Object.assign(bridge, {
  load: requireFile,
  builtin: requireBuiltin,
  meta: (path: string) => ({
    url: `file://${path}`,
    filename: path,
    dirname: posix.dirname(path),
    // A relative one need not be a module, nor there.
    resolve: (id: string) =>
      isRelative(id)
        ? new URL(id, `file://${path}`).href
        : `file://${newModule(path, main).require.resolve(id)}`,
  }),
  importFrom,
  createRequire,
});

const NOWHERE = "/bundle/functions/.js";

/** `import()` in code that stands in no file. */
export function importFromRoot(id: unknown): Promise<object> {
  return dynamicImport(newModule(NOWHERE, main), id);
}

/** `require` there. */
export function requireFromRoot(): unknown {
  return newModule(NOWHERE, main).require;
}

/** What compiled TypeScript asks for although it is types alone, whether or not it is declared. */
const TYPES_ALONE = "@twilio-labs/serverless-runtime-types";

/** Returns the exports of `file`, a path as in the manifest: from the cache after the first time. */
export function requireFile(file: string): unknown {
  return load(file, main).exports;
}

/** Returns what the functions mean by `id`, a package or a path in one; undefined where none is laid. */
export function requirePackage(id: string): unknown {
  const file = linkedFile(id, "");
  return file === undefined ? undefined : requireFile(file);
}

/** The same where it has been evaluated already; undefined else. */
export function evaluatedPackage(id: string): unknown {
  const file = linkedFile(id, "");
  return file === undefined ? undefined : cache[file]?.exports;
}

function load(file: string, parent: Module): Module {
  const known = cache[file];
  if (known !== undefined) return known;
  const module = newModule(file, parent);
  cache[file] = module;
  try {
    evaluate(module);
  } catch (error) {
    delete cache[file];
    throw error;
  }
  module.loaded = true;
  parent.children.push(module);
  return module;
}

function newModule(file: string, parent: Module): Module {
  const module: Module = {
    id: file,
    filename: file,
    path: posix.dirname(file),
    exports: {},
    loaded: false,
    parent,
    children: [],
    paths: [],
    require: undefined as unknown as Require,
  };
  module.require = requireFor(module);
  return module;
}

function evaluate(module: Module): void {
  const { filename, path } = module;
  const shim = moduleShim(filename);
  if (shim !== undefined) {
    module.exports = requireModule(shim, filename);
    return;
  }
  const wrapped = wrappedFile(module);
  if (wrapped !== undefined) {
    wrapped.call(module.exports, module.exports, module.require, module, filename, path);
    return;
  }
  const text = requireBuiltin("fs")
    .readFileSync(filename, "utf8")
    .replace(/^\uFEFF/, "");
  if (!filename.endsWith(".json")) {
    throw new SyntaxError(`${filename}: only .js, .cjs and .json files can be required`);
  }
  try {
    module.exports = JSON.parse(text);
  } catch (error) {
    (error as Error).message = `${filename}: ${(error as Error).message}`;
    throw error;
  }
}

function wrappedFile(module: Module): Wrapped | undefined {
  const code = manifest.files[module.filename];
  if (typeof code !== "string") return packageFile(module.filename) as Wrapped | undefined;
  const outer = native.require(code) as Outer;
  return outer(TwilioResponse, (id) => dynamicImport(module, id));
}

function requireFor(module: Module): Require {
  const require = (id: unknown) => {
    if (typeof id !== "string" || id === "") throw invalidId(id);
    if (isBuiltin(id)) return builtin(id);
    const file = resolveFile(id, module);
    if (file !== undefined) return load(file, module).exports;
    const exported = isRelative(id) ? undefined : bundleExports(id);
    if (exported !== undefined) return exported;
    if (id.startsWith(TYPES_ALONE)) return {};
    throw notFound(id, module);
  };
  const resolve = (id: string) => {
    if (isBuiltin(id)) return id;
    const file = resolveFile(id, module);
    if (file !== undefined) return file;
    if (isRelative(id) || bundleExports(id) === undefined) throw notFound(id, module);
    return id;
  };
  const extensions = { ".js": null, ".json": null };
  Object.defineProperty(resolve, "paths", { value: () => [] });
  return Object.assign(require, { resolve, main, cache, extensions });
}

function builtin(id: string): unknown {
  const found = requireBuiltin(id);
  if (id !== "module" && id !== "node:module") return found;
  return Object.assign(Object.create(found as object), { createRequire });
}

/** A `require` for the file at `from`, a path or a file: URL. */
function createRequire(from: string | URL): Require {
  return newModule(plainPath(from), main).require;
}

function plainPath(path: unknown): string {
  return `${path}`.replace(/^file:\/\//, "");
}

function resolveFile(id: string, from: Module): string | undefined {
  const linked = linkedFile(id, from.filename);
  if (linked !== undefined || !isRelative(id)) return linked;
  const target = posix.resolve(from.path, id);
  const found = EXTENSIONS.map((extension) => target + extension);
  return found.find((file) => Object.hasOwn(manifest.files, file) || isPackageFile(file));
}

/** What a bundle of the release has: `name`, `@scope/name`, and what is inside of either. */
function bundleExports(id: string): unknown {
  const [, name = "", rest = ""] = /^(@[^/]+\/[^/]+|[^/]+)(\/.*)?$/.exec(id) ?? [];
  return name === "twilio" ? twilioModule(`.${rest}`) : requireLibrary(name, `.${rest}`);
}

/**
 * `import()`: an ES module's own namespace; of CommonJS the exports as `default`, and their members
 * by name, as Node gives them.
 */
async function dynamicImport(module: Module, id: unknown): Promise<object> {
  const plain = plainPath(id);
  const file = isBuiltin(plain) ? undefined : resolveFile(plain, module);
  const shim = file === undefined ? undefined : moduleShim(file);
  if (shim !== undefined) return (await import(`/${shim}`)).default;
  const exported = module.require(plain);
  return Object.assign(Object.create(null), exported, { default: defaultOf(plain, exported) });
}

/** Its ES module's own where a package has one too, which the CommonJS that stands for it was made of. */
function defaultOf(id: string, exported: unknown): unknown {
  const made = exported as { __esModule?: unknown; default?: unknown } | null | undefined;
  return isDual(id) && made?.__esModule && "default" in made ? made.default : exported;
}

function notFound(id: string, from: Module): Error {
  const requireStack: string[] = [];
  for (let at: Module | null = from; at !== null && at !== main; at = at.parent) {
    requireStack.push(at.filename);
  }
  const stack = requireStack.map((file) => `\n- ${file}`).join("");
  const error = new Error(`Cannot find module '${id}'\nRequire stack:${stack}`);
  return Object.assign(error, { code: "MODULE_NOT_FOUND", requireStack });
}

function invalidId(id: unknown): Error {
  const message =
    id === ""
      ? "The argument 'id' must be a non-empty string. Received ''"
      : `The "id" argument must be of type string. Received ${id === null ? "null" : typeof id}`;
  return Object.assign(new TypeError(message), {
    code: id === "" ? "ERR_INVALID_ARG_VALUE" : "ERR_INVALID_ARG_TYPE",
  });
}
