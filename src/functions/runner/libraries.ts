import { builtinModules } from "node:module";
import manifest from "manifest.json";
import native from "native.cjs";
import { nameFalseExpressions } from "./assertions.ts";
import { nameMissingHashes } from "./hashes.ts";
import { mendHttpClient } from "./http-client.ts";
import { requireFile } from "./modules.ts";
import { mendNetwork, NETWORK } from "./network.ts";
import { mendUrlModule } from "./urls.ts";
import { watchIterator, watchMethod } from "./work.ts";

type Library = Record<string, () => unknown>;

const libraries = new Map<string, Library>();
const builtins = new Set(builtinModules);

/** Whether `id` names one of Node's modules; a package of the same name never means anything else. */
export function isBuiltin(id: string): boolean {
  return id.startsWith("node:") || builtins.has(id);
}

/**
 * What the runner uses of Node's modules at times. Were they imported, every Worker would evaluate
 * them before its first call, and take twice as long to start.
 */
type SlowBuiltins = {
  fs: typeof import("node:fs");
  http: typeof import("node:http");
  zlib: typeof import("node:zlib");
};

let httpClientMended = false;

/** Returns one of Node's modules. `process` cannot be required natively in a CommonJS module. */
export function requireBuiltin<Id extends keyof SlowBuiltins>(id: Id): SlowBuiltins[Id];
export function requireBuiltin(id: string): unknown;
export function requireBuiltin(id: string): unknown {
  const name = id.startsWith("node:") ? id : `node:${id}`;
  if (name === "node:process") return process;
  if ((name === "node:http" || name === "node:https") && !httpClientMended) {
    mendHttpClient(native.require("node:http") as SlowBuiltins["http"]);
    httpClientMended = true;
  }
  const found = native.require(name);
  if (name === "node:assert" || name === "node:assert/strict") return namedAssert(name);
  if (!mended.has(name)) {
    mended.add(name);
    mendOnce(name, found);
  }
  return found;
}

let assert: ReturnType<typeof nameFalseExpressions> | undefined;

function namedAssert(name: string): unknown {
  const plain = native.require("node:assert") as Parameters<typeof nameFalseExpressions>[0];
  assert ??= nameFalseExpressions(plain, () => requireBuiltin("fs"));
  return name === "node:assert" ? assert : assert.strict;
}

const mended = new Set<string>();

function mendOnce(name: string, found: unknown): void {
  if (NETWORK.includes(name)) mendNetwork();
  if (name === "node:timers/promises") {
    for (const method of ["setTimeout", "setImmediate"]) watchMethod(found as object, method);
    watchIterator(found as object, "setInterval");
  }
  if (name === "node:url") mendUrlModule(found as Parameters<typeof mendUrlModule>[0]);
  if (name === "node:crypto") nameMissingHashes(found as Parameters<typeof nameMissingHashes>[0]);
}

/**
 * Returns the exports of a library the build carries; undefined when it carries none of that name,
 * or the library has no such `subpath` (`.`, or `./lib/x`).
 */
export function requireLibrary(name: string, subpath: string): unknown {
  const module = Object.hasOwn(manifest.libraries, name) ? manifest.libraries[name] : undefined;
  if (module === undefined) return undefined;
  let library = libraries.get(name);
  if (library === undefined) {
    const load = native.require(module) as (require: (id: string) => unknown) => Library;
    library = load(requireFromLibrary);
    libraries.set(name, library);
  }
  return libraryMember(library, subpath)?.();
}

/** A library's own `require`: Node's modules, other libraries, and the build's files by path. */
function requireFromLibrary(id: string): unknown {
  if (isBuiltin(id)) return requireBuiltin(id);
  if (id.startsWith("/")) return requireFile(id);
  const found = requireLibrary(id, ".");
  if (found === undefined) throw new Error(`Cannot find module '${id}'`);
  return found;
}

function libraryMember(library: Library, subpath: string): (() => unknown) | undefined {
  const spellings = [subpath, subpath.replace(/\.js$/, ""), subpath.replace(/\/index(\.js)?$/, "")];
  const known = spellings.find((spelling) => Object.hasOwn(library, spelling));
  return known === undefined ? undefined : library[known];
}
