import { canonicalPath } from "../../contract/canonical-path.ts";
import type { Dependency, LockedPackage } from "../../contract/lock.ts";
import type { Flavour, PrebuiltLibrary } from "../../contract/package-format.ts";
import { ownWarnings } from "./absent.ts";
import type { Bucket } from "./bucket.ts";
import { split } from "./link.ts";
import {
  flavours,
  isOfPackage,
  type Loads,
  loadedByFunctions,
  loadsPackages,
  type Script,
  scriptLoads,
} from "./needs.ts";
import { functionFile, packageErrors } from "./package-rules.ts";
import type { BuildInput, BuildMessage, CheckedSources, Needed, Outcome } from "./protocol.ts";
import { IMPOSSIBLE } from "./recipes.ts";
import type { Registry } from "./registry.ts";
import { isElsewhere, isTypes, pickAll, wantedOf } from "./resolve.ts";
import { readSources } from "./sources.ts";

/**
 * Checks what can be checked at once: names, sizes, every source, and the dependencies themselves,
 * one document each. All that is wrong is told together.
 */
export async function checkBuild(
  bucket: Bucket,
  registry: Registry,
  input: BuildInput,
): Promise<Outcome<CheckedSources>> {
  const errors = packageErrors(input.files, input.assetPaths);
  if (errors.length > 0) return { ok: false, errors, retry: false };
  const read = await readSources(bucket, input.files);
  const specifiers = packageSpecifiers(read.scripts, input.dependencies);
  const dependencies = await checkDependencies(registry, input, specifiers);
  const wrong = [...read.errors, ...dependencies.errors];
  if (wrong.length > 0) return { ok: false, errors: wrong, retry: false };

  const flavourOf = flavours(read.scripts);
  const loads = scriptLoads(read.scripts);
  const functions = input.files
    .filter(({ kind }) => kind === "function")
    .map(({ path, sid, visibility }) => ({
      path: canonicalPath(path) as string,
      ...{ sid, visibility, flavour: flavourOf.get(functionFile(path)) as Flavour },
      loadsPackages: loadsPackages(loads.get(functionFile(path)) as Loads),
    }));
  const ofTwilio = specifiers.filter((id) => split(id).name === "twilio");
  const declared = input.dependencies.find(({ name }) => name === "twilio");
  const version = dependencies.picked.get("twilio")?.version ?? null;
  const prebuilt = prebuiltTwilio(input.prebuilt, declared, version, ofTwilio);
  const others = specifiers.filter((id) => split(id).name !== "twilio");
  const laysTwilio = prebuilt.length === 0;
  const needed = neededOf(input.dependencies, dependencies.wanted, others, laysTwilio);
  const neededNames = new Set(needed.map(({ name }) => name));
  return {
    ok: true,
    value: {
      functions,
      files: read.files,
      specifiers: { light: others, sdk: [] },
      twilio: { light: TWIML, sdk: [...new Set(["twilio", ...ofTwilio])] },
      mentioned: [...read.mentioned].sort(),
      needed,
      others: dependencies.wanted.filter(({ name }) => !neededNames.has(name)),
      prebuilt: prebuilt.map(({ subpaths: _, ...library }) => library),
      bundled: bundledTwilio(prebuilt, dependencies.picked.get("twilio")),
      warnings: [
        ...read.warnings,
        ...ownWarnings(
          loadedByFunctions(read.scripts, loads),
          read.files.some(({ wasm }) => wasm),
        ),
        ...dependencies.warnings,
      ],
    },
  };
}

/** What the runtime itself makes documents of. */
const TWIML = ["VoiceResponse", "MessagingResponse", "FaxResponse"].map(
  (name) => `twilio/lib/twiml/${name}`,
);

/** What scripts ask of packages; where a name is computed, what they say of the dependencies. */
function packageSpecifiers(scripts: Script[], dependencies: Dependency[]): string[] {
  const specifiers = new Set<string>();
  const names = new Set(dependencies.map(({ name }) => name));
  for (const { facts } of scripts) {
    for (const id of facts.required) if (isOfPackage(id)) specifiers.add(id);
    if (!facts.requiresComputed) continue;
    for (const text of facts.strings) {
      const { name, subpath } = split(text);
      if (!isOfPackage(text) || !names.has(name)) continue;
      const isStart = subpath !== "." && subpath.endsWith("/") && name !== "twilio";
      specifiers.add(isStart ? `${text}*` : text);
    }
  }
  return [...specifiers].sort();
}

type Picked = Pick<LockedPackage, "name" | "version" | "integrity" | "tarball">;

type CheckedDependencies = {
  errors: BuildMessage[];
  warnings: BuildMessage[];
  /** What each dependency of the build is, of those that were asked for. */
  picked: Map<string, Picked>;
  /** Dependencies that can be had. */
  wanted: Dependency[];
};

/**
 * A dependency that nothing requires is no reason to refuse a build: it is left out where it cannot
 * be had. Twilio's own is needed by every function that it was declared for.
 */
async function checkDependencies(
  registry: Registry,
  { dependencies, lock }: Pick<BuildInput, "dependencies" | "lock">,
  specifiers: string[],
): Promise<CheckedDependencies> {
  const checked: CheckedDependencies = { errors: [], warnings: [], picked: new Map(), wanted: [] };
  const required = new Set(specifiers.map((id) => split(id).name)).add("twilio");
  const open: Dependency[] = [];
  for (const dependency of dependencies) {
    const { name, version } = dependency;
    if (isTypes(name)) continue;
    if (!Object.hasOwn(IMPOSSIBLE, wantedOf(dependency).name)) {
      open.push(dependency);
      continue;
    }
    const message = `Dependency ${name}@${version} cannot run here: ${IMPOSSIBLE[wantedOf(dependency).name]}.`;
    (required.has(name) ? checked.errors : checked.warnings).push({ message });
  }
  const needed = open.filter(({ name }) => required.has(name));
  const wants = needed.map(wantedOf);
  const inRegistry = wants.filter(({ range }) => !isElsewhere(range));
  const locked = (alias: string) => lock?.packages.find(({ id }) => id === lock.root[alias]);
  const unknown = inRegistry.filter(({ alias }) => locked(alias) === undefined);
  const picked = await pickAll(registry, unknown);
  for (const [index, { alias, name, range }] of wants.entries()) {
    const found = locked(alias) ?? picked.get(`${name}@${range}`);
    if (found !== undefined && !(found instanceof Error)) {
      checked.picked.set(alias, found);
      checked.wanted.push(needed[index] as Dependency);
      continue;
    }
    const reason = found?.message ?? "only what is in the registry can be had";
    checked.errors.push({ message: `Dependency ${alias}@${needed[index]?.version}: ${reason}` });
  }
  const unneeded = open.filter(({ name }) => !required.has(name));
  checked.wanted.push(...unneeded);
  return checked;
}

/**
 * What has to be resolved. What no script names is needed only where a script names something that
 * the build does not declare: it may come with any of them that can be had.
 */
function neededOf(
  dependencies: Dependency[],
  wanted: Dependency[],
  specifiers: string[],
  laysTwilio: boolean,
): Needed[] {
  const names = new Set(dependencies.map(({ name }) => name));
  const required = new Set(specifiers.map((id) => split(id).name));
  const undeclared = [...required].some((name) => !names.has(name));
  const isNeeded = (name: string) => required.has(name) || (name === "twilio" && laysTwilio);
  return wanted.flatMap((dependency): Needed[] => {
    if (isNeeded(dependency.name)) return [dependency];
    return undeclared ? [{ ...dependency, optional: true }] : [];
  });
}

function bundledTwilio(
  prebuilt: PrebuiltLibrary[],
  picked: Picked | undefined,
): LockedPackage | null {
  if (prebuilt.length === 0 || picked === undefined) return null;
  const { name, version, integrity, tarball } = picked;
  const locked = { id: `${name}@${version}`, name, version, integrity, tarball };
  return { ...locked, links: {}, bundled: true };
}

/** The release's bundles of twilio, where they are the version wanted and have all that is asked. */
function prebuiltTwilio(
  prebuilt: PrebuiltLibrary[],
  declared: Dependency | undefined,
  version: string | null,
  specifiers: string[],
): PrebuiltLibrary[] {
  const wanted = declared === undefined ? prebuilt[0]?.version : version;
  const bundles = prebuilt.filter((library) => library.version === wanted);
  const whole = bundles.find(({ name }) => name === "twilio");
  const subpaths = new Set(whole?.subpaths.map((subpath) => subpath.replace(/\.js$/, "")));
  const served = specifiers.every((id) =>
    subpaths.has(
      split(id)
        .subpath.replace(/\.js$/, "")
        .replace(/\/index$/, "") || ".",
    ),
  );
  return served || declared === undefined ? bundles : [];
}
