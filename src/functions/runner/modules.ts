import { posix } from "node:path";
import manifest from "manifest.json";
import native from "native.cjs";
import { isBuiltin, requireBuiltin, requireLibrary } from "./libraries.ts";
import { TwilioResponse } from "./response.ts";
import { twilioModule } from "./twilio.ts";

/**
 * CommonJS as Node has it, over the files of the package. The platform's own resolves no extension
 * and no index, knows no require.resolve, and does not find a file under the path it is read by.
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
const EXTENSIONS = ["", ".js", ".json", "/index.js", "/index.json"];

/** Returns the exports of `file`, a path as in the manifest: from the cache after the first time. */
export function requireFile(file: string): unknown {
  return load(file, main).exports;
}

function load(file: string, parent: Module): Module {
  const known = cache[file];
  if (known !== undefined) return known;
  const module = newModule(file, parent);
  cache[file] = module;
  try {
    evaluate(module);
  } catch (error) {
    // As in Node: what threw on its way is evaluated again when it is next required.
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
  const code = manifest.files[filename];
  if (typeof code === "string") {
    const outer = native.require(code) as Outer;
    const wrapped = outer(TwilioResponse, (id) => dynamicImport(module, id));
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

function requireFor(module: Module): Require {
  const require = (id: unknown) => {
    if (typeof id !== "string" || id === "") throw invalidId(id);
    if (isBuiltin(id)) return requireBuiltin(id);
    const file = resolveFile(id, module);
    if (file !== undefined) return load(file, module).exports;
    const exported = isRelative(id) ? undefined : packageExports(id);
    if (exported === undefined) throw notFound(id, module);
    return exported;
  };
  const resolve = (id: string) => {
    if (isBuiltin(id)) return id;
    const file = resolveFile(id, module);
    if (file !== undefined) return file;
    if (isRelative(id) || packageExports(id) === undefined) throw notFound(id, module);
    return id;
  };
  const extensions = { ".js": null, ".json": null };
  return Object.assign(require, { resolve, main, cache, extensions });
}

function isRelative(id: string): boolean {
  return /^(?:\/|\.{1,2}(?:\/|$))/.test(id);
}

function resolveFile(id: string, from: Module): string | undefined {
  if (!isRelative(id)) return undefined;
  const target = posix.resolve(from.path, id);
  const found = EXTENSIONS.map((extension) => target + extension);
  return found.find((file) => Object.hasOwn(manifest.files, file));
}

/** `name`, `@scope/name`, and what is inside of either. */
function packageExports(id: string): unknown {
  const [, name = "", rest = ""] = /^(@[^/]+\/[^/]+|[^/]+)(\/.*)?$/.exec(id) ?? [];
  return name === "twilio" ? twilioModule(`.${rest}`) : requireLibrary(name, `.${rest}`);
}

/** `import()`: the exports as `default`, and their members by name, as Node gives a CommonJS module. */
async function dynamicImport(module: Module, id: unknown): Promise<object> {
  const exported = module.require(`${id}`.replace(/^file:\/\//, ""));
  return Object.assign(Object.create(null), exported, { default: exported });
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
