import { exports as resolveExports, imports as resolveImports } from "resolve.exports";
import type { Lock } from "../../contract/lock.ts";
import { builtinOf } from "./builtins.ts";
import { LIMITS } from "./limits.ts";
import { conditionsOf, mainOf } from "./recipes.ts";
import type { IndexedFile, PackageIndex, PackageJson } from "./unpack.ts";

/** Where packages stand in the Worker that runs them. */
export const MODULES_ROOT = "/bundle/node_modules";

/** One package of the tree, where it stands. */
export type Instance = {
  id: string;
  name: string;
  integrity: string;
  /** `/bundle/node_modules/axios`; a second version of a name stands in a folder of its own. */
  root: string;
  /** Undefined until its package has been unpacked: see `unread`. */
  index: PackageIndex | undefined;
  links: Record<string, string>;
  /** Whether the build itself names it. */
  declared: boolean;
  hasInstallScript: boolean;
};

export type Mode = "require" | "import";

/** What a specifier means. */
export type Target =
  | { kind: "builtin"; id: string }
  | { kind: "file"; instance: Instance; file: string }
  | { kind: "native"; instance: Instance; file: string }
  /** Of more bytes than a file may have. */
  | { kind: "too large"; instance: Instance; file: string; size: number }
  /** In a package that nobody has asked for before. */
  | { kind: "unread"; instance: Instance }
  | { kind: "missing" };

export type Linker = {
  instances: Map<string, Instance>;
  /** What a function of the build means by a specifier. */
  fromRoot(specifier: string, mode: Mode): Target;
  /** What a package asks for of what the build itself names. */
  besides(instance: Instance): string[];
  /**
   * The scripts and JSON that names may mean which begin with `start`, in `file` of a package, or in a
   * function (null).
   */
  startingWith(from: { instance: Instance; file: string } | null, start: string): Named;
  /** What `file` of a package means by it. */
  resolve(instance: Instance, file: string, specifier: string, mode: Mode): Target;
};

/** Files that one name of many may mean, by the start of their names; no more than one too many of them. */
export type Named =
  | { kind: "files"; instance: Instance; prefix: string; files: string[]; count: number }
  | Extract<Target, { kind: "unread" | "missing" }>;

const MISSING: Extract<Target, { kind: "missing" }> = { kind: "missing" };

/** Node's resolution over a build's packages. */
export function createLinker(lock: Lock): Linker {
  const instances = new Map<string, Instance>();
  const declared = new Set(Object.values(lock.root));
  for (const { id, name, integrity, links, hasInstallScript = false } of lock.packages) {
    const atTop = lock.hoisted[name] === id;
    const root = atTop
      ? `${MODULES_ROOT}/${name}`
      : `${MODULES_ROOT}/.versions/${id}/node_modules/${name}`;
    const found = { id, name, integrity, root, links, hasInstallScript };
    instances.set(id, { ...found, index: undefined, declared: declared.has(id) });
  }
  const hoisted = (name: string) => instances.get(lock.root[name] ?? lock.hoisted[name] ?? "");

  function resolve(instance: Instance, file: string, specifier: string, mode: Mode): Target {
    const builtin = builtinOf(specifier);
    if (builtin !== null) return { kind: "builtin", id: builtin };
    if (specifier.startsWith("/") || /^[a-z]+:/.test(specifier)) return MISSING;
    if (isRelative(specifier)) {
      const folder = file.includes("/") ? file.slice(0, file.lastIndexOf("/")) : "";
      const path = join(folder, specifier);
      return path === null ? MISSING : fileOrFolder(instance, path, specifier.endsWith("/"));
    }
    if (specifier.startsWith("#")) return subpathImport(instance, file, specifier, mode);
    const { name, subpath } = split(specifier);
    if (name === instance.name && manifestOf(instance).exports != null) {
      return inPackage(instance, subpath, mode);
    }
    // Undeclared, yet npm's flat folder has it: many packages live by that.
    const linked = instances.get(instance.links[name] ?? "") ?? hoisted(name);
    return linked === undefined ? MISSING : inPackage(linked, subpath, mode);
  }

  function subpathImport(instance: Instance, file: string, id: string, mode: Mode): Target {
    const conditions = conditionsOf(instance.name, mode);
    const paths = attempt(() => resolveImports(manifestOf(instance) as never, id, conditions));
    for (const path of paths ?? []) {
      if (!path.startsWith(".")) return resolve(instance, file, path, mode);
      const target = exact(instance, path.replace(/^\.\//, ""));
      if (target !== null) return target;
    }
    return MISSING;
  }

  const sorted = new Map<Instance, string[]>();
  /** What require() may give of a package, in order: many names may be asked for. */
  function loadable(instance: Instance, { files }: PackageIndex): string[] {
    const known = sorted.get(instance);
    if (known !== undefined) return known;
    const isLoadable = ([file, { kind }]: [string, IndexedFile]) =>
      kind !== "d" && file !== "package.json";
    const found = Object.entries(files)
      .filter(isLoadable)
      .map(([file]) => file)
      .sort();
    sorted.set(instance, found);
    return found;
  }

  function startingWith(origin: { instance: Instance; file: string } | null, start: string): Named {
    let instance = origin?.instance;
    let folder = origin?.file.replace(/(?:^|\/)[^/]*$/, "") ?? "";
    let rest = start;
    if (!isRelative(start)) {
      const { name, subpath } = split(start);
      instance = instances.get(origin?.instance.links[name] ?? "") ?? hoisted(name);
      [folder, rest] = ["", subpath];
    }
    if (instance === undefined) return MISSING;
    if (instance.index === undefined) return { kind: "unread", instance };
    const joined = join(folder, rest);
    if (joined === null) return MISSING;
    const prefix = /(?:^|\/)\.{0,2}$/.test(rest) && joined !== "" ? `${joined}/` : joined;
    const all = loadable(instance, instance.index);
    const from = firstFrom(all, prefix);
    const count = firstFrom(all, `${prefix}\uffff`) - from;
    const files = all.slice(from, from + Math.min(count, LIMITS.namedFiles + 1));
    return { kind: "files", instance, prefix, files, count };
  }

  return {
    instances,
    startingWith,
    besides: ({ links }) => Object.keys(links).filter((name) => links[name] === lock.root[name]),
    resolve,
    fromRoot(specifier, mode) {
      const builtin = builtinOf(specifier);
      if (builtin !== null) return { kind: "builtin", id: builtin };
      const { name, subpath } = split(specifier);
      const instance = hoisted(name);
      return instance === undefined ? MISSING : inPackage(instance, subpath, mode);
    },
  };
}

/** Whether a script is an ES module, as Node 22 tells. */
export function isModule(instance: Instance, file: string): boolean {
  if (file.endsWith(".mjs")) return true;
  if (file.endsWith(".cjs")) return false;
  const { type } = nearestManifest(instance, file);
  if (type === "module") return true;
  return type !== "commonjs" && instance.index?.files[file]?.esm === true;
}

export function fileOf(instance: Instance, file: string): IndexedFile {
  return instance.index?.files[file] as IndexedFile;
}

export function isRelative(specifier: string): boolean {
  return /^\.{1,2}(?:\/|$)/.test(specifier);
}

/** `{ name: "@scope/name", subpath: "./file" }` of `@scope/name/file`; `.` is the package itself. */
export function split(specifier: string): { name: string; subpath: string } {
  const [, name = specifier, rest = ""] = /^(@[^/]+\/[^/]+|[^/]+)(\/.*)?$/.exec(specifier) ?? [];
  return { name, subpath: rest === "" || rest === "/" ? "." : `.${rest}` };
}

function manifestOf(instance: Instance): PackageJson {
  return instance.index?.manifests["package.json"] ?? {};
}

function nearestManifest(instance: Instance, file: string): PackageJson {
  for (let at = file.lastIndexOf("/"); at > 0; at = file.lastIndexOf("/", at - 1)) {
    const found = instance.index?.manifests[`${file.slice(0, at)}/package.json`];
    if (found !== undefined) return found;
  }
  return manifestOf(instance);
}

function inPackage(instance: Instance, subpath: string, mode: Mode): Target {
  if (instance.index === undefined) return { kind: "unread", instance };
  const manifest = manifestOf(instance);
  if (manifest.exports != null) {
    const conditions = conditionsOf(instance.name, mode);
    const paths = attempt(() => resolveExports(manifest as never, subpath, conditions));
    for (const path of paths ?? []) {
      const target = exact(instance, path.replace(/^\.\//, ""));
      if (target !== null) return target;
    }
    // Node hides it, and people ask for it all the same: twilio/package.json, axios/package.json.
    return subpath === "./package.json" ? (exact(instance, "package.json") ?? MISSING) : MISSING;
  }
  if (subpath === ".") return folderMain(instance, "");
  const path = join("", subpath);
  return path === null ? MISSING : fileOrFolder(instance, path, subpath.endsWith("/"));
}

/** A path as require() takes it: with or without an extension, or a folder. */
function fileOrFolder(instance: Instance, path: string, folder: boolean): Target {
  if (!folder && path !== "") {
    for (const extension of ["", ".js", ".json", ".cjs", ".mjs"]) {
      const found = exact(instance, path + extension);
      if (found !== null) return found;
    }
    const native = `${path}.node`;
    if (instance.index?.native.includes(native)) return { kind: "native", instance, file: native };
  }
  return folderMain(instance, path.replace(/\/$/, ""));
}

function folderMain(instance: Instance, path: string): Target {
  const prefix = path === "" ? "" : `${path}/`;
  const manifest = instance.index?.manifests[`${prefix}package.json`];
  const main = (path === "" ? mainOf(instance.name, manifest) : undefined) ?? manifest?.main;
  if (main !== undefined && main !== "") {
    const at = join(path, `./${main}`);
    for (const end of ["", ".js", ".json", "/index.js", "/index.json", ".cjs", "/index.cjs"]) {
      const found = at === null ? null : exact(instance, at + end);
      if (found !== null) return found;
    }
  }
  for (const name of ["index.js", "index.json", "index.cjs", "index.mjs"]) {
    const found = exact(instance, prefix + name);
    if (found !== null) return found;
  }
  return MISSING;
}

function exact(instance: Instance, file: string): Target | null {
  if (Object.hasOwn(instance.index?.files ?? {}, file)) return { kind: "file", instance, file };
  if (instance.index?.native.includes(file)) return { kind: "native", instance, file };
  const size = instance.index?.tooLarge?.[file];
  return size === undefined ? null : { kind: "too large", instance, file, size };
}

function attempt(resolve: () => unknown): string[] | undefined {
  try {
    return (resolve() as string[] | undefined) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Where the first of `sorted` stands that is not before `text`. */
function firstFrom(sorted: string[], text: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as string) < text) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Null where it leads out of the package. */
function join(folder: string, specifier: string): string | null {
  const parts = folder === "" ? [] : folder.split("/");
  for (const part of specifier.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return null;
  }
  return parts.join("/");
}
