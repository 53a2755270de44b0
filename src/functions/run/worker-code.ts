import interpreter from "../../../dist/functions/interpreter.txt";
import runner from "../../../dist/functions/runner.txt";
import { canonicalPath } from "../../contract/canonical-path.ts";
import type { Closure, ClosureLinks } from "../../contract/closure-format.ts";
import {
  decodeSource,
  type Flavour,
  type FunctionPackage,
  type PackagedFile,
  type PackagedModule,
} from "../../contract/package-format.ts";
import {
  BUNDLE_ROOT,
  type RunnerEnv,
  type RunnerManifest,
  WRAPPER_HEAD,
  WRAPPER_TAIL,
} from "../runner/protocol.ts";

/** The runner's and the interpreter's own versions, a part of every dynamic Worker's id. */
export const RUNNER_VERSION = `${versionOf(runner)}-${versionOf(interpreter)}`;

/** It stands in the first line. */
function versionOf(code: string): string {
  return code.slice("// ".length, code.indexOf("\n"));
}

/**
 * How long a function may compute and how much it may fetch: Twilio's 10 seconds, and what a
 * broadcast to a long list needs. Enforced in production alone.
 */
export const LIMITS = { cpuMs: 10_000, subRequests: 1_000 };

const NATIVE = "exports.require = (id) => require(id);";

/** What ES modules of packages reach the runner's loader by, which fills it in. */
const BRIDGE =
  "const bridge={};export default bridge;export const load=(path)=>bridge.load(path);" +
  "export const builtin=(id)=>bridge.builtin(id);export const meta=(path)=>bridge.meta(path);" +
  "export const createRequire=(from)=>bridge.createRequire(from);" +
  "export const importFrom=(path,id)=>bridge.importFrom(path,id);";

/** What a dynamic Worker may reach of its host: the way out, and the way its logs come back. */
export type WorkerConnections = { outbound: Fetcher; logs: Fetcher };

/**
 * Returns what the Worker Loader starts: the package's files, its scripts as wrapped modules, the
 * libraries of the flavour (`libraryCode`: by SHA-256), npm packages and the runner.
 */
export function workerCode(
  pkg: FunctionPackage,
  flavour: Flavour,
  libraryCode: Map<string, string>,
  closure: Closure | null,
  env: RunnerEnv,
  { outbound, logs }: WorkerConnections,
): WorkerLoaderWorkerCode {
  const modules: Record<string, WorkerLoaderModule> = {
    "runner.js": { js: runner },
    "native.cjs": { cjs: NATIVE },
    "bridge.js": { js: BRIDGE },
  };
  const laid =
    closure === null ? [] : closure.modules.filter(({ sdk }) => flavour === "sdk" || !sdk);
  const manifest = runnerManifest(pkg, flavour, closure?.links, laid);
  modules["manifest.json"] = { json: manifest };
  if (manifest.compiles) modules["interpreter.cjs"] = { cjs: interpreter };
  for (const file of pkg.files) {
    modules[file.name] = { data: file.bytes.slice().buffer };
    const module = manifest.files[`${BUNDLE_ROOT}/${file.name}`];
    if (module) modules[module] = { cjs: wrapped(file) };
    if (file.wasm) modules[wasmName(file.wasm)] = { wasm: file.bytes.slice().buffer };
    if (file.module) Object.assign(modules, moduleAsset(file.name, file.module));
  }
  for (const { name, type, bytes } of laid) {
    modules[name] =
      type === "data" || type === "wasm"
        ? { [type]: bytes.slice().buffer }
        : { [type]: new TextDecoder().decode(bytes) };
  }
  for (const { name, sha256 } of carried(pkg, flavour)) {
    const code = libraryCode.get(sha256);
    if (code === undefined) throw new Error(`library ${name} (${sha256}) is missing`);
    modules[manifest.libraries[name] as string] = { cjs: code };
  }
  return {
    compatibilityDate: "2026-10-20",
    compatibilityFlags: ["nodejs_compat", "nodejs_compat_do_not_populate_process_env"],
    mainModule: "runner.js",
    modules,
    env,
    globalOutbound: outbound,
    tails: [logs],
    limits: LIMITS,
  };
}

/** The modules of a private asset that is an ES module, and one by which require() gets it. */
function moduleAsset(name: string, { code, shims }: PackagedModule) {
  const all = `import*as all from ${JSON.stringify(`/esm/${name}`)};export default all;`;
  const modules: [string, string][] = [
    [`esm/${name}`, code],
    [requiredModule(name), all],
    ...shims.map((shim): [string, string] => [shim.name, shim.code]),
  ];
  return Object.fromEntries(modules.map(([module, js]) => [module, { js }]));
}

function wasmName(sha256: string): string {
  return `wasm/${sha256}.wasm`;
}

function requiredModule(name: string): string {
  return `esm-required/${name}.js`;
}

/** Which libraries a Worker of this flavour is made with. */
export function carried(pkg: FunctionPackage, flavour: Flavour): FunctionPackage["libraries"] {
  return pkg.libraries.filter(({ name }) => flavour === "sdk" || name !== "twilio");
}

const NO_PACKAGES: ClosureLinks = { tables: {}, modules: {}, links: {} };

function runnerManifest(
  pkg: FunctionPackage,
  flavour: Flavour,
  {
    tables,
    modules,
    links,
    dual = [],
    wasm = {},
    compiles = undefined,
  }: ClosureLinks = NO_PACKAGES,
  laid: Closure["modules"] = [],
): RunnerManifest {
  const names = new Set(laid.map(({ name }) => name));
  const inBundle = (files: Record<string, string>) =>
    Object.fromEntries(
      Object.entries(files).map(([path, name]) => [path, `${BUNDLE_ROOT}/${name}`]),
    );
  const functions = inBundle(pkg.functions);
  return {
    flavour,
    functions,
    handlers: Object.fromEntries(
      Object.entries(functions).map(([path, file]) => [canonicalPath(path), file]),
    ),
    assets: inBundle(pkg.assets),
    files: Object.fromEntries(
      pkg.files.map(({ name, script }, index) => [
        `${BUNDLE_ROOT}/${name}`,
        script === null ? null : `modules/${index}.cjs`,
      ]),
    ),
    libraries: Object.fromEntries(
      carried(pkg, flavour).map(({ name }) => [
        name,
        `libraries/${name.replaceAll(/[^\w.-]/g, "_")}.cjs`,
      ]),
    ),
    compiles: compiles === true || pkg.files.some(({ script }) => script?.compiles === true),
    wasm: {
      ...wasm,
      ...Object.fromEntries(
        pkg.files.flatMap(({ wasm: sha256 }) => (sha256 ? [[sha256, wasmName(sha256)]] : [])),
      ),
    },
    packages: {
      tables: Object.fromEntries(
        Object.entries(tables).map(([root, all]) => [root, all.filter((name) => names.has(name))]),
      ),
      modules: Object.fromEntries([
        ...Object.entries(modules).filter(([, name]) => names.has(name)),
        ...pkg.files.flatMap(({ name, module }) =>
          module ? [[`${BUNDLE_ROOT}/${name}`, requiredModule(name)]] : [],
        ),
      ]),
      links,
      dual,
    },
  };
}

/** Line 1 stays line 1; stacks name the file that the function sees. */
function wrapped({ name, bytes, script }: PackagedFile): string {
  const uploaded = decodeSource(bytes);
  // In one pass: a script has as many imports as it likes.
  const pieces: string[] = [];
  let at = 0;
  for (const offset of script?.imports ?? []) {
    pieces.push(uploaded.slice(at, offset), "__");
    at = offset;
  }
  // A hashbang is only one at the very start of a file.
  const source = (pieces.join("") + uploaded.slice(at)).replace(/^#!/, "//");
  const sourceUrl = `//# sourceURL=${encodeURI(`${BUNDLE_ROOT}/${name}`)}`;
  return `${WRAPPER_HEAD}${source}${WRAPPER_TAIL}\n${sourceUrl}`;
}
