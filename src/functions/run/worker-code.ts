import runner from "../../../dist/functions/runner.txt";
import { canonicalPath } from "../../contract/canonical-path.ts";
import {
  decodeSource,
  type FunctionPackage,
  type PackageFile,
} from "../../contract/package-format.ts";
import {
  BUNDLE_ROOT,
  type Flavour,
  type RunnerEnv,
  type RunnerManifest,
  WRAPPER_HEAD,
  WRAPPER_TAIL,
} from "../runner/protocol.ts";

/** The runner's own version: it stands in its first line. A part of every dynamic Worker's id. */
export const RUNNER_VERSION = runner.slice("// ".length, runner.indexOf("\n"));

/**
 * How long a function may compute and how much it may fetch: Twilio's 10 seconds, and what a
 * broadcast to a long list needs. Enforced in production alone.
 */
export const LIMITS = { cpuMs: 10_000, subRequests: 1_000 };

const NATIVE = "exports.require = (id) => require(id);";

/** What a dynamic Worker may reach of its host: the way out, and the way its logs come back. */
export type WorkerConnections = { outbound: Fetcher; logs: Fetcher };

/**
 * Returns what the Worker Loader starts: the package's files, its scripts as wrapped modules, the
 * libraries of the flavour (`libraryCode`: by SHA-256) and the runner.
 */
export function workerCode(
  pkg: FunctionPackage,
  flavour: Flavour,
  libraryCode: Map<string, string>,
  env: RunnerEnv,
  { outbound, logs }: WorkerConnections,
): WorkerLoaderWorkerCode {
  const modules: Record<string, WorkerLoaderModule> = {
    "runner.js": { js: runner },
    "native.cjs": { cjs: NATIVE },
  };
  const manifest = runnerManifest(pkg, flavour);
  modules["manifest.json"] = { json: manifest };
  for (const file of pkg.files) {
    modules[file.name] = { data: file.bytes.slice().buffer };
    const module = manifest.files[`${BUNDLE_ROOT}/${file.name}`];
    if (module) modules[module] = { cjs: wrapped(file) };
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

/** Which libraries a Worker of this flavour is made with. */
export function carried(pkg: FunctionPackage, flavour: Flavour): FunctionPackage["libraries"] {
  return pkg.libraries.filter(({ name }) => flavour === "sdk" || name !== "twilio");
}

function runnerManifest(pkg: FunctionPackage, flavour: Flavour): RunnerManifest {
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
  };
}

/** Line 1 stays line 1; stacks name the file that the function sees. */
function wrapped({ name, bytes, script }: PackageFile): string {
  let source = decodeSource(bytes);
  for (const offset of [...(script?.imports ?? [])].reverse()) {
    source = `${source.slice(0, offset)}__import${source.slice(offset + "import".length)}`;
  }
  // A hashbang is only one at the very start of a file.
  source = source.replace(/^#!/, "//");
  const sourceUrl = `//# sourceURL=${encodeURI(`${BUNDLE_ROOT}/${name}`)}`;
  return `${WRAPPER_HEAD}${source}${WRAPPER_TAIL}\n${sourceUrl}`;
}
