import { worked } from "../../contract/slices.ts";
import { isAbsent } from "./absent.ts";
import { LIMITS, mebibytes } from "./limits.ts";
import {
  fileOf,
  type Instance,
  isModule,
  isRelative,
  type Linker,
  MODULES_ROOT,
  type Named,
  type Target,
} from "./link.ts";
import { HARMLESS_EVALS } from "./recipes.ts";
import { Refusal } from "./refusal.ts";
import { replacementFor } from "./replacements.ts";
import { scanScript } from "./scan.ts";
import type { PackageIndex } from "./unpack.ts";

/** A file that the functions may load. `sdk`: only with the whole Twilio SDK. */
export type Reached = { instance: Instance; file: string; esm: boolean; sdk: boolean };

/** All that a build's functions may load of their dependencies. */
export type Reach = {
  files: Map<string, Reached>;
  links: Record<string, Record<string, string>>;
  /** Packages that ask for where they stand: they read files of their own. */
  readers: Set<Instance>;
  /** Packages that read which files they have. */
  listers: Set<Instance>;
  /** What is said of files of which too many may be meant. */
  tooMany: Set<string>;
  /** What the functions may ask for that import() gives as an ES module of its own, and require() not. */
  dual: Set<string>;
  /** Left out by a recipe: stands there all the same, and says so where it cannot do without. */
  left: Map<Instance, Set<string>>;
  /** What is said of files that are asked for, and have more bytes than one may have. */
  tooLarge: Set<string>;
  /** Specifiers of the functions that nothing in the dependencies answers. */
  missing: Set<string>;
  /** Whether any of it makes code of text. */
  compiles: boolean;
  /** Package → the native file that it asks for, or has. */
  native: Map<string, string>;
  /** Packages that compile WebAssembly. */
  assembling: Set<string>;
  /** Dependency of the build → modules of Node's that it uses, and a Worker has not. */
  processes: Map<string, Set<string>>;
  /** Packages that would run a script when they are installed. */
  scripts: Set<Instance>;
  /** Whether a package asks for Twilio's client: the whole Twilio SDK is needed then. */
  usesClient: boolean;
};

/** What finding one file takes (contract/slices.ts). */
const STEPS_A_SPECIFIER = 20;

/** Unpacks packages, by id, and returns their indexes. */
export type Unpack = (ids: string[]) => Promise<Map<string, PackageIndex>>;

/**
 * Follows everything that `specifiers` lead to. Packages are unpacked when something first asks for
 * them, wave by wave: a third of a tree is often never asked for. What only the whole Twilio SDK asks
 * for comes last, and is marked; nothing of it is laid where neither a function (`needsSdk`) nor a
 * package asks for a client.
 */
export async function reachFiles(
  linker: Linker,
  specifiers: { light: string[]; sdk: string[] },
  needsSdk: boolean,
  unpack: Unpack,
  isLeftOut: (packageName: string, file: string) => boolean,
): Promise<Reach> {
  const reach: Reach = {
    files: new Map(),
    links: { "": {} },
    tooLarge: new Set(),
    ...{ readers: new Set(), listers: new Set(), tooMany: new Set() },
    ...{ dual: new Set(), left: new Map(), missing: new Set() },
    ...{ compiles: false, native: new Map(), processes: new Map(), scripts: new Set() },
    assembling: new Set(),
    usesClient: false,
  };
  for (const sdk of [false, true]) {
    if (sdk && !needsSdk && !reach.usesClient) break;
    const walk = createWalk(linker, reach, sdk, isLeftOut);
    let roots = sdk ? specifiers.sdk : specifiers.light;
    for (;;) {
      roots = roots.filter((specifier) => !walk.takeRoot(specifier));
      await walk.follow();
      const unread = walk.unread();
      if (unread.length === 0) break;
      for (const [id, index] of await unpack(unread)) {
        (linker.instances.get(id) as Instance).index = index;
      }
    }
  }
  return reach;
}

function createWalk(
  linker: Linker,
  reach: Reach,
  sdk: boolean,
  isLeftOut: (packageName: string, file: string) => boolean,
) {
  let pending: Reached[] = [];
  let unread = new Set<string>();
  /** Where names that begin alike have been looked for. */
  const named = new Set<string>();
  let bytes = [...reach.files.values()].reduce((sum, one) => sum + sizeOf(one), 0);

  function take(target: Target): string | null {
    if (target.kind === "unread") unread.add(target.instance.id);
    if (target.kind === "native") reach.native.set(target.instance.id, target.file);
    if (target.kind === "too large") reach.tooLarge.add(tooLarge(target));
    if (target.kind !== "file") return null;
    const { instance, file } = target;
    const path = `${instance.root}/${file}`;
    if (isLeftOut(instance.name, file)) {
      reach.left.set(instance, (reach.left.get(instance) ?? new Set()).add(file));
      return path;
    }
    if (reach.files.has(path)) return path;
    const { kind, readsFiles, lists, evals, assembles, usesClient } = fileOf(instance, file);
    const reached = { instance, file, esm: kind === "s" && isModule(instance, file), sdk };
    reach.files.set(path, reached);
    pending.push(reached);
    if (evals && !HARMLESS_EVALS.has(instance.name)) reach.compiles = true;
    const [native] = instance.index?.native ?? [];
    if (native !== undefined && !reach.native.has(instance.id))
      reach.native.set(instance.id, native);
    if (instance.hasInstallScript) reach.scripts.add(instance);
    if (readsFiles) reach.readers.add(instance);
    if (lists) reach.listers.add(instance);
    if (assembles && replacementFor(instance, file) === undefined)
      reach.assembling.add(instance.id);
    if (usesClient && instance.name !== "twilio") reach.usesClient = true;
    bytes += sizeOf(reached);
    if (bytes > LIMITS.closureBytes || reach.files.size > LIMITS.closureFiles) {
      throw tooMuch(reach, bytes);
    }
    return path;
  }

  /** Whether all that a file asks for could be told. */
  function followFile({ instance, file, esm }: Reached): boolean {
    const { kind, specifiers: own = [], starts = [], computed } = fileOf(instance, file);
    if (kind !== "s") return true;
    const replacement = replacementFor(instance, file);
    const literal = replacement === undefined ? own : scanScript(replacement).specifiers;
    // What it computes may be a dependency of the build that it asks to have beside it: a driver, say.
    const specifiers = computed ? [...literal, ...linker.besides(instance)] : literal;
    let told = true;
    const resolve = (specifier: string, mode: "require" | "import") => {
      const target = linker.resolve(instance, file, specifier, mode);
      if (target.kind === "builtin") noteBuiltin(instance, target.id);
      if (target.kind === "unread") told = false;
      return { target, path: take(target) };
    };
    for (const specifier of specifiers) {
      const { target, path } = resolve(specifier, esm ? "import" : "require");
      if (!esm && path !== null) note(instance, file, specifier, path);
      if (esm && target.kind === "missing") {
        // createRequire() in an ES module.
        const required = resolve(specifier, "require").path;
        if (required !== null) note(instance, file, specifier, required);
      }
      if (!esm && target.kind === "missing") {
        // import() in CommonJS, of a package for ES modules alone.
        const imported = resolve(specifier, "import").path;
        if (imported !== null) note(instance, file, specifier, imported);
      }
    }
    for (const start of starts) {
      if (!takeNamed(linker.startingWith({ instance, file }, start), start)) told = false;
    }
    return told;
  }

  /** Takes all that a name may mean of which code makes the end; false where that cannot be told yet. */
  function takeNamed(found: Named, start: string): boolean {
    if (found.kind === "unread") unread.add(found.instance.id);
    if (found.kind !== "files") return found.kind !== "unread";
    const { instance, prefix, files, count } = found;
    const place = `${instance.root}/${prefix}`;
    if (named.has(place)) return true;
    named.add(place);
    const fresh = files.filter((file) => !reach.files.has(`${instance.root}/${file}`));
    const size = fresh.reduce((sum, file) => sum + fileOf(instance, file).size, 0);
    const isRoom =
      bytes + size < LIMITS.closureBytes / 2 &&
      reach.files.size + fresh.length < LIMITS.closureFiles / 2;
    if (count > LIMITS.namedFiles || size > LIMITS.namedBytes || !isRoom) {
      reach.tooMany.add(tooMany(instance, start, count));
    } else for (const file of fresh) take({ kind: "file", instance, file });
    return true;
  }

  function noteBuiltin(instance: Instance, id: string): void {
    if (!instance.declared || !isAbsent(id)) return;
    const { processes } = reach;
    processes.set(instance.id, (processes.get(instance.id) ?? new Set()).add(id));
  }

  function note(instance: Instance, file: string, specifier: string, path: string): void {
    reach.links[instance.root] ??= {};
    const links = reach.links[instance.root] as Record<string, string>;
    if (!isRelative(specifier)) {
      links[specifier] = path;
      return;
    }
    const folder = `${instance.root}/${file}`.replace(/\/[^/]*$/, "");
    // The runner tries the usual extensions itself.
    if (foundByExtension(instance, folder, specifier) === path) return;
    links[`${folder.slice(instance.root.length)}|${specifier}`] = path;
  }

  /** Whether import() in Node gives another file than `required`, which require() gives. */
  function isDual(required: Target & { kind: "file" }, specifier: string): boolean {
    const imported = linker.fromRoot(specifier, "import");
    if (imported.kind !== "file" || imported.file === required.file) return false;
    return (
      !isModule(required.instance, required.file) && isModule(imported.instance, imported.file)
    );
  }

  return {
    /** False where it has to be asked again, once its package is unpacked. */
    takeRoot(specifier: string): boolean {
      if (specifier.endsWith("/*")) {
        const start = specifier.slice(0, -1);
        return takeNamed(linker.startingWith(null, start), start);
      }
      let target = linker.fromRoot(specifier, "require");
      // A package for ES modules alone: import() gets it, and so does require(), as in Node 22.
      if (target.kind === "missing") target = linker.fromRoot(specifier, "import");
      if (target.kind === "too large") throw new Refusal(tooLarge(target));
      const path = take(target);
      if (path !== null) (reach.links[""] as Record<string, string>)[specifier] = path;
      if (target.kind === "file" && isDual(target, specifier)) reach.dual.add(specifier);
      if (target.kind === "missing") reach.missing.add(specifier);
      return target.kind !== "unread";
    },
    async follow(): Promise<void> {
      const again: Reached[] = [];
      for (let one = pending.pop(); one !== undefined; one = pending.pop()) {
        if (!followFile(one)) again.push(one);
        const { specifiers = [], starts = [] } = fileOf(one.instance, one.file);
        await worked(STEPS_A_SPECIFIER * (1 + specifiers.length + starts.length));
      }
      pending = again;
    },
    unread(): string[] {
      const ids = [...unread];
      unread = new Set();
      return ids;
    },
  };
}

function sizeOf({ instance, file }: Reached): number {
  return fileOf(instance, file).size;
}

/** What the runner tries, in its order. */
const EXTENSIONS = ["", ".js", ".json", "/index.js", "/index.json"];

function foundByExtension(instance: Instance, folder: string, specifier: string): string | null {
  const plain = normalize(`${folder}/${specifier}`);
  const files = instance.index?.files ?? {};
  const found = EXTENSIONS.find((extension) =>
    Object.hasOwn(files, (plain + extension).slice(instance.root.length + 1)),
  );
  return found === undefined ? null : plain + found;
}

function normalize(path: string): string {
  return new URL(
    `file://${path.replaceAll("%", "%25").replaceAll("?", "%3f").replaceAll("#", "%23")}`,
  ).pathname
    .replaceAll("%3f", "?")
    .replaceAll("%23", "#")
    .replaceAll("%25", "%");
}

function tooLarge({ instance, file, size }: Target & { kind: "too large" }): string {
  return (
    `A file of a package may have ${mebibytes(LIMITS.fileBytes)}: ` +
    `${file} of ${instance.id} has ${mebibytes(size)}`
  );
}

function tooMany({ id }: Instance, start: string, files: number): string {
  return (
    `${id} has ${files} files that may be meant by a name which begins with ${start}: they are not ` +
    "laid, and one that no code names whole is missing"
  );
}

function tooMuch(reach: Reach, bytes: number): Refusal {
  const sizes = new Map<string, number>();
  for (const one of reach.files.values()) {
    sizes.set(one.instance.id, (sizes.get(one.instance.id) ?? 0) + sizeOf(one));
  }
  const [id = "", size = 0] = [...sizes].sort(([, a], [, b]) => b - a)[0] ?? [];
  return new Refusal(
    `The functions may reach ${mebibytes(LIMITS.closureBytes)} and ${LIMITS.closureFiles} files of ` +
      `their dependencies: they reach ${mebibytes(bytes)} and ${reach.files.size}, ` +
      `${mebibytes(size)} of them in ${id}`,
  );
}

/** `axios/lib/x.js` of a path below node_modules. */
export function shownPath(path: string): string {
  return path.slice(MODULES_ROOT.length + 1);
}
