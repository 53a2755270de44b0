import compare from "semver/functions/compare.js";
import satisfies from "semver/functions/satisfies.js";
import validRange from "semver/ranges/valid.js";
import type { Dependency, Lock, LockedPackage } from "../../contract/lock.ts";
import { CONNECTIONS, eachAtOnce, LIMITS } from "./limits.ts";
import type { Needed } from "./protocol.ts";
import { Refusal } from "./refusal.ts";
import type { PackageDocument, PackageManifest, Registry } from "./registry.ts";

/** A name somebody uses, and what may stand for it. */
export type Wanted = {
  /** The name that code uses; the package's own is another with an `npm:` alias. */
  alias: string;
  name: string;
  range: string;
  /** Whose dependency it is, `name@version`; null for the build's own. */
  from: string | null;
  optional: boolean;
  depth: number;
};

/** Types alone: code never loads them. */
export function isTypes(name: string): boolean {
  return name.startsWith("@types/");
}

/** Reads `spec` as package.json has it: a range, a tag, or `npm:name@range`. */
export function wantedOf({ name: alias, version: spec }: Dependency): Wanted {
  const [, name = alias, range = spec] =
    /^npm:((?:@[^/]+\/)?[^@]+)(?:@(.*))?$/.exec(spec.trim()) ?? [];
  const plain = spec.startsWith("npm:") && name !== alias && range === spec ? "*" : range;
  return { alias, name, range: plain.trim() || "*", from: null, optional: false, depth: 0 };
}

/**
 * Resolves the tree of `dependencies`: every package has one instance a version, an instance that
 * fits is used again, and what a level of the tree asks for is taken in order of names, so that equal
 * documents give equal trees. `others` are dependencies of the build that nothing of its own asks for:
 * they are had where a package does. Throws Refusal for what cannot be had.
 */
export async function resolveTree(
  registry: Registry,
  dependencies: Needed[],
  others: Dependency[] = [],
): Promise<Lock> {
  const tree = new Tree(registry, others);
  let wanted = dependencies
    .filter(({ name }) => !isTypes(name))
    .map((dependency) => ({ ...wantedOf(dependency), optional: dependency.optional === true }));
  for (;;) {
    while (wanted.length > 0) wanted = await tree.level(wanted);
    wanted = tree.missingPeers();
    if (wanted.length === 0) return tree.lock();
  }
}

const TOO_MANY = new Refusal(`The dependencies have more than ${LIMITS.packages} packages`);

type Peer = { from: string; name: string; range: string; optional: boolean; depth: number };

class Tree {
  readonly #registry: Registry;
  readonly #packages = new Map<string, LockedPackage>();
  readonly #root: Record<string, string> = {};
  /** Name → the first instance of it: what npm lays at the top of node_modules. */
  readonly #hoisted: Record<string, string> = {};
  readonly #byName = new Map<string, LockedPackage[]>();
  readonly #warnings: Lock["warnings"] = [];
  #peers: Peer[] = [];
  /** Optional ones that are not to be had: not asked for again. */
  readonly #skipped = new Set<string>();

  /** Package → how many of its optional ones are for one kind of machine, and left out. */
  readonly #leftMachines = new Map<string, number>();

  /** The build's own that are not in the tree yet. */
  readonly #others: Map<string, Dependency>;

  constructor(registry: Registry, others: Dependency[]) {
    this.#registry = registry;
    this.#others = new Map(others.map((dependency) => [dependency.name, dependency]));
  }

  lock(): Lock {
    return {
      lockVersion: 1,
      root: this.#root,
      hoisted: { ...this.#hoisted, ...this.#root },
      packages: [...this.#packages.values()].sort((a, b) => (a.id < b.id ? -1 : 1)),
      warnings: this.#warnings,
    };
  }

  /** Takes a level's wishes into the tree; returns those that its new packages have. */
  async level(asked: Wanted[]): Promise<Wanted[]> {
    const wanted = [...asked.flatMap(({ name }) => this.#declared(name)), ...asked].filter(
      isOfRegistry,
    );
    const open = wanted.filter((want) => !this.#linkExisting(want));
    this.#refuseTooMany(open);
    const picked = await pickAll(this.#registry, open);
    const next: Wanted[] = [];
    for (const want of open) {
      if (this.#linkExisting(want)) continue;
      const found = picked.get(wantKey(want)) as PackageManifest | Error;
      try {
        if (found instanceof Error) throw found;
        next.push(...this.#add(want, found));
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        if (!want.optional) throw because(error, want);
        if (!(found instanceof Error) && found.forOneMachine) this.#noteNative(want);
        this.#skipped.add(wantKey(want));
      }
    }
    return next.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  }

  /** Before a document of them is asked for: each name that is new, and must be had, is a package more. */
  #refuseTooMany(open: Wanted[]): void {
    const isNew = ({ name, optional }: Wanted) => !optional && !this.#byName.has(name);
    const fresh = open.filter(isNew);
    const names = new Set(fresh.map(({ name }) => name));
    const [first] = fresh;
    if (first && this.#packages.size + names.size > LIMITS.packages) throw because(TOO_MANY, first);
  }

  /** Links peers to what the tree has; returns those that it lacks and must have. */
  missingPeers(): Wanted[] {
    const missing = new Map<string, Wanted>();
    const open = this.#peers;
    this.#peers = [];
    for (const peer of open) {
      const { from, name, range, optional, depth } = peer;
      const { links } = this.#packages.get(from) as LockedPackage;
      if (links[name] !== undefined || isTypes(name)) continue;
      const candidates = this.#byName.get(name) ?? [];
      const declared = candidates.find(({ id }) => id === this.#root[name]);
      const fitting = [declared, ...candidates].find((one) => one && fits(one.version, range));
      const chosen = fitting ?? declared ?? candidates[0];
      if (chosen !== undefined) {
        links[name] = chosen.id;
        if (fitting === undefined) {
          const message = `${from} asks for ${name}@${range} beside it: it gets ${chosen.version}`;
          this.#warnings.push([from, message]);
        }
        continue;
      }
      const [declaredHere] = this.#declared(name);
      const own = { ...wantedOf({ name, version: range }), from, optional: true, depth };
      const want = declaredHere ?? own;
      if ((optional && want === own) || this.#skipped.has(wantKey(want))) continue;
      this.#peers.push(peer);
      if (!missing.has(name)) missing.set(name, want);
    }
    return [...missing.values()];
  }

  /** What the build declares of this name, the first time that a package asks for it. */
  #declared(name: string): Wanted[] {
    const dependency = this.#others.get(name);
    if (dependency === undefined) return [];
    this.#others.delete(name);
    return [{ ...wantedOf(dependency), optional: true }];
  }

  /** Several packages of which each is for one kind of machine: the code of the one that asks is native. */
  #noteNative({ from }: Wanted): void {
    if (from === null) return;
    const left = (this.#leftMachines.get(from) ?? 0) + 1;
    this.#leftMachines.set(from, left);
    if (left !== 2) return;
    const message = `${from} has native code, a package for each kind of machine, which cannot run here`;
    this.#warnings.push([from, message]);
  }

  #linkExisting(want: Wanted): boolean {
    // Each of the build's own is what its range or tag names, whatever else there is.
    if (want.from === null) return false;
    if (want.optional && this.#skipped.has(wantKey(want))) return true;
    const found = this.#byName.get(want.name)?.find(({ version }) => fits(version, want.range));
    if (found === undefined) return false;
    this.#link(want, found.id);
    return true;
  }

  #link({ alias, from }: Wanted, id: string): void {
    this.#hoisted[alias] ??= id;
    if (from === null) this.#root[alias] = id;
    else (this.#packages.get(from) as LockedPackage).links[alias] = id;
  }

  #add(want: Wanted, manifest: PackageManifest): Wanted[] {
    const { name, version } = manifest;
    const id = `${name}@${version}`;
    if (this.#packages.has(id)) {
      this.#link(want, id);
      return [];
    }
    if (manifest.forOneMachine && want.optional) throw new Refusal(`${id} is native code`);
    if (this.#packages.size >= LIMITS.packages) throw TOO_MANY;
    if (want.depth > LIMITS.depth) {
      throw new Refusal(`The dependencies are more than ${LIMITS.depth} levels deep, at ${id}`);
    }
    const locked: LockedPackage = {
      ...{ id, name, version, links: {} },
      ...{ integrity: manifest.integrity, tarball: manifest.tarball },
      ...(manifest.hasInstallScript && { hasInstallScript: true as const }),
    };
    this.#packages.set(id, locked);
    const same = [...(this.#byName.get(name) ?? []), locked];
    this.#byName.set(
      name,
      same.sort((a, b) => compare(b.version, a.version, { loose: true })),
    );
    this.#link(want, id);
    const depth = want.depth + 1;
    // What only an optional one needs is no more needed than it.
    for (const [peer, range] of Object.entries(manifest.peerDependencies)) {
      const optional = manifest.optionalPeers.includes(peer);
      this.#peers.push({ from: id, name: peer, range, optional, depth });
    }
    const wants = (of: Record<string, string>, optional: boolean) =>
      Object.entries(of)
        .filter(([key]) => !isTypes(key))
        .map(([key, spec]) => ({
          ...wantedOf({ name: key, version: spec }),
          ...{ from: id, optional: optional || want.optional, depth },
        }));
    return [...wants(manifest.dependencies, false), ...wants(manifest.optionalDependencies, true)];
  }
}

function wantKey({ name, range }: Wanted): string {
  return `${name}@${range}`;
}

/**
 * Asks for what each of `wanted` is, by `name@range`. A document is large: it is dropped once its
 * versions are chosen.
 */
export async function pickAll(
  registry: Registry,
  wanted: Wanted[],
): Promise<Map<string, PackageManifest | Error>> {
  const picked = new Map<string, PackageManifest | Error>();
  const byName = Map.groupBy(wanted, ({ name }) => name);
  await eachAtOnce([...byName], CONNECTIONS, async ([name, wants]) => {
    let document: PackageDocument | Error;
    try {
      document = await registry.document(name);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      document = error;
    }
    for (const want of wants) {
      let found = pickOrRefuse(document, want);
      // As npm does: what a kept document lacks may have been published since.
      if (found instanceof Error && !(document instanceof Error) && document.isKept) {
        document = await registry.document(name, true);
        found = pickOrRefuse(document, want);
      }
      picked.set(wantKey(want), found);
    }
  });
  return picked;
}

function pickOrRefuse(document: PackageDocument | Error, want: Wanted): PackageManifest | Error {
  if (document instanceof Error) return document;
  try {
    return pick(document, want);
  } catch (error) {
    return error as Error;
  }
}

/** npm's own choice: a tag; else the `latest` version where it satisfies; else the highest. */
function pick(document: PackageDocument, { name, range }: Wanted): PackageManifest {
  const { versions, tags } = document;
  let version = Object.hasOwn(tags, range) ? tags[range] : undefined;
  if (version === undefined && validRange(range, { loose: true }) === null) {
    throw new Refusal(`${name} has no version ${range}`);
  }
  if (version === undefined && tags.latest !== undefined && fits(tags.latest, range)) {
    version = tags.latest;
  }
  if (version === undefined) {
    const fitting = versions
      .filter((one) => fits(one, range))
      .sort((a, b) => compare(b, a, { loose: true }));
    version = fitting.find((one) => !document.isDeprecated(one)) ?? fitting[0];
  }
  const manifest = version === undefined ? undefined : document.manifest(version);
  if (manifest === undefined) {
    const newest = tags.latest === undefined ? "" : `: the newest is ${tags.latest}`;
    throw new Refusal(`${name} has no version ${range}${newest}`);
  }
  return manifest;
}

function fits(version: string, range: string): boolean {
  return satisfies(version, range === "latest" ? "*" : range, { loose: true });
}

/** Whether `range` means something else than a version or a tag: a repository, a file, an address. */
export function isElsewhere(range: string): boolean {
  return /[:/]/.test(range);
}

/** Whether a wish is for the registry; an optional one for elsewhere is left out. */
function isOfRegistry(want: Wanted): boolean {
  const { name, range, optional } = want;
  if (!isElsewhere(range)) return true;
  if (optional) return false;
  throw because(
    new Refusal(`${name}@${range} is not in the registry, and only what is can be had`),
    want,
  );
}

function because(error: Refusal, { from }: Wanted): Refusal {
  return from === null ? error : new Refusal(`${error.message} (${from} needs it)`);
}
