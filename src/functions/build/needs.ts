import type { Flavour } from "../../contract/package-format.ts";
import { builtinOf } from "./builtins.ts";
import { split } from "./link.ts";
import type { SourceFacts } from "./source.ts";

/** A script of a build: its file name in the package, and the key that Runtime lists it under. */
export type Script = { name: string; key: string; facts: SourceFacts };

/** What a script may load, itself included; `unknown` where that cannot be told. */
export type Loads = Script[] | "unknown";

/**
 * Returns what each script may load: what it requires by a relative name, and the private assets and
 * functions whose key it mentions.
 */
export function scriptLoads(scripts: Script[]): Map<string, Loads> {
  const byName = new Map(scripts.map((script) => [script.name, script]));
  return new Map(scripts.map((script) => [script.name, closureOf(script, byName)]));
}

/**
 * Returns which Twilio library each script needs, with all that it may load. Where that cannot be
 * told, everything counts: a Worker that carries the SDK for nothing starts a moment later, one that
 * lacks it fails.
 */
export function flavours(scripts: Script[]): Map<string, Flavour> {
  const usesSdk = ({ facts }: Script) => facts.usesSdk;
  const anyUsesSdk = scripts.some(usesSdk);
  const loads = [...scriptLoads(scripts)];
  return new Map(
    loads.map(([name, loaded]) => {
      const sdk = loaded === "unknown" ? anyUsesSdk : loaded.some(usesSdk);
      return [name, sdk ? "sdk" : "light"];
    }),
  );
}

/** The scripts that functions may load, as far as that can be told. */
export function loadedByFunctions(scripts: Script[], loads: Map<string, Loads>): Set<Script> {
  const functions = scripts.filter(({ name }) => name.startsWith("functions/"));
  return new Set(
    functions.flatMap((script) => {
      const loaded = loads.get(script.name);
      return loaded === undefined || loaded === "unknown" ? [script] : loaded;
    }),
  );
}

/** Returns whether what a script may load requires, or may require, an npm package beside `twilio`. */
export function loadsPackages(loaded: Loads): boolean {
  if (loaded === "unknown") return true;
  return loaded.some(
    ({ facts }) =>
      facts.requiresComputed ||
      facts.required.some((id) => isOfPackage(id) && split(id).name !== "twilio"),
  );
}

/** Whether `id` names a package: it is no path, and none of Node's modules. */
export function isOfPackage(id: string): boolean {
  return id !== "" && !/^[./]|^file:/.test(id) && builtinOf(id) === null;
}

/** Of @twilio-labs/runtime-helpers: they load a file by its key, the leading slash left out or not. */
const KEY_REQUIRERS = ["requireAsset", "requireFunction"];

function closureOf(root: Script, byName: Map<string, Script>): Loads {
  const reached = new Set([root]);
  for (const script of reached) {
    const loaded = loadedBy(script, byName);
    if (loaded === "unknown") return "unknown";
    for (const next of loaded) reached.add(next);
  }
  return [...reached];
}

function loadedBy(script: Script, byName: Map<string, Script>): Loads {
  const { facts } = script;
  const required = facts.required.flatMap((id) => {
    const target = /^\.{1,2}(?:\/|$)/.test(id) ? relative(script.name, id) : null;
    return target === null ? [] : ["", ".js", "/index.js"].map((end) => byName.get(target + end));
  });
  const loaded = required.filter((found) => found !== undefined);
  const requiresByKey = KEY_REQUIRERS.some((name) => facts.names.has(name));
  if (!facts.requiresComputed && !requiresByKey) return loaded;
  if (facts.looksUpComputed) return "unknown";
  const mentioned = [...byName.values()].filter(({ key }) =>
    [key, `/${key}`, key.replace(/^\//, "")].some(
      (name) => facts.strings.has(name) || facts.names.has(name),
    ),
  );
  return mentioned.length === 0 ? "unknown" : [...loaded, ...mentioned];
}

/** Resolves a relative id against the folder of `name`; both stay below the package's root. */
function relative(name: string, id: string): string {
  return new URL(id, `file:///${name}`).pathname.slice(1);
}
