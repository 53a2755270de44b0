import type { BuildMessage } from "./package.ts";

/** One bundled npm package, as the catalogue of this release lists it. */
export type Library = {
  /** What code requires. */
  name: string;
  version: string;
  /** The version lines it answers for: `4`, or `0.30` below 1. */
  serves: string[];
  /** Names of the libraries it requires in turn. */
  needs: string[];
  /** Where the release keeps it. */
  file: string;
  sha256: string;
  /** Bytes. */
  size: number;
};

export type LibraryCatalogue = { libraries: Library[] };

/** A build's dependency: a package and the versions it may have, as package.json says them. */
export type Dependency = { name: string; version: string };

export type ChosenLibraries =
  | { ok: true; libraries: Library[]; warnings: BuildMessage[] }
  | { ok: false; errors: BuildMessage[] };

/** Part of every Functions runtime, or of types alone: nothing to bring. */
const PROVIDED = new Set(["@twilio/runtime-handler", "@twilio-labs/serverless-runtime-types"]);

/** Node's modules; a package by one of these names could never be required anyway. */
const BUILTINS = new Set(
  (
    "assert async_hooks buffer child_process cluster console constants crypto dgram dns domain " +
    "events fs http http2 https inspector module net os path perf_hooks process punycode " +
    "querystring readline repl stream string_decoder sys timers tls trace_events tty url util v8 " +
    "vm wasi worker_threads zlib"
  ).split(" "),
);

/** Why a well-known package cannot work in any dynamic Worker, so that nobody bundles it in vain. */
const IMPOSSIBLE: Record<string, string> = {
  sharp: "it needs native code",
  canvas: "it needs native code",
  bcrypt: "it needs native code; bcryptjs is available",
  sqlite3: "it needs native code",
  puppeteer: "it starts a browser process",
  playwright: "it starts a browser process",
  grpc: "it needs native code",
};

const WAY_OUT =
  "Bundle it into your function with esbuild, as docs/functions.md shows under Dependencies.";

/**
 * Returns the libraries that stand in for a build's dependencies, the ones they need included. A
 * name that is not in the catalogue, or in a version line that is not, fails the build.
 */
export function chooseLibraries(
  dependencies: Dependency[],
  { libraries }: LibraryCatalogue,
): ChosenLibraries {
  const chosen = new Map<string, Library>();
  const errors: BuildMessage[] = [];
  const warnings: BuildMessage[] = [];
  for (const { name, version } of dependencies) {
    if (PROVIDED.has(name) || BUILTINS.has(name) || name.startsWith("@types/")) continue;
    const candidates = libraries.filter((library) => library.name === name);
    const library = candidates.find(({ serves }) => servesRange(serves, version));
    if (library === undefined) {
      errors.push({ message: refusal(name, version, candidates) });
      continue;
    }
    chosen.set(name, library);
    if (!mentionsVersion(version, library.version)) {
      warnings.push({ message: `${name}@${version} is served by ${name} ${library.version}` });
    }
  }
  if (errors.length > 0) return { ok: false, errors };
  for (const { needs } of chosen.values()) {
    for (const name of needs) {
      const library = libraries.find((candidate) => candidate.name === name);
      if (library !== undefined && !chosen.has(name)) chosen.set(name, library);
    }
  }
  return { ok: true, libraries: [...chosen.values()], warnings };
}

function refusal(name: string, version: string, candidates: Library[]): string {
  if (candidates.length > 0) {
    const lines = candidates.flatMap(({ serves }) => serves).join(", ");
    return `Dependency ${name}@${version} is not available: only versions ${lines} are. ${WAY_OUT}`;
  }
  const reason = Object.hasOwn(IMPOSSIBLE, name) ? IMPOSSIBLE[name] : null;
  return reason === null
    ? `Dependency ${name}@${version} is not among the packages that Ringback ships. ${WAY_OUT}`
    : `Dependency ${name}@${version} cannot run here: ${reason}.`;
}

/** Whether one alternative of an npm version range names a line among `serves`. */
function servesRange(serves: string[], range: string): boolean {
  if (/^(?:git|https?:|file:|link:|workspace:|[\w-]+\/)/.test(range)) return false;
  return range.split("||").some((alternative) => {
    const text = alternative.trim();
    if (/^(?:|\*|x|latest|next)$/i.test(text)) return true;
    const [, operator = "", major = "", minor = "0"] =
      /^([~^=v<>]*)\s*(\d+)(?:\.(\d+))?/.exec(text) ?? [];
    if (major === "") return false;
    const line = major === "0" ? `0.${minor}` : major;
    if (operator.startsWith(">")) {
      // Open towards newer versions: any line not older will do.
      return serves.some((served) => Number(served) >= Number(line));
    }
    return serves.includes(line);
  });
}

function mentionsVersion(range: string, version: string): boolean {
  return !/^\d+\.\d+\.\d+/.test(range) || range === version;
}
