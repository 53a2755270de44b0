import { closureHeader, closureKey } from "../../contract/closure-format.ts";
import type { Lock } from "../../contract/lock.ts";
import { absentWarning, assemblyWarning } from "./absent.ts";
import type { Bucket } from "./bucket.ts";
import { type LaidModule, layFiles } from "./lay.ts";
import { CONNECTIONS, eachAtOnce, LIMITS, mebibytes } from "./limits.ts";
import { createLinker, split } from "./link.ts";
import type { BrokenFiles, BuildMessage, CheckedSources, Laid } from "./protocol.ts";
import { type Reach, reachFiles } from "./reach.ts";
import { GIANTS, leaveOut } from "./recipes.ts";
import type { Registry } from "./registry.ts";
import { decode, encode, type PackageIndex, type UnpackBudget, unpackPackage } from "./unpack.ts";

/** A part of what a closure is named after: a change of how it is laid makes new ones. */
const INSTALLER = 10;

/** What stands beside a closure: all that laying it found out. */
type Notes = Omit<Laid, "closure">;

/**
 * Unpacks and lays what the functions reach of the packages in `lock`, and stores it as one closure.
 * Equal locks and equal questions have one closure: the second build of them reads its name alone.
 * What is in `broken` throws when it is asked for.
 */
export async function install(
  bucket: Bucket,
  registry: Registry,
  lock: Lock,
  checked: CheckedSources,
  broken: BrokenFiles,
): Promise<Laid> {
  const { specifiers, mentioned, functions } = checked;
  const needsSdk = functions.some(({ flavour }) => flavour === "sdk");
  if (specifiers.light.length + specifiers.sdk.length === 0)
    return { closure: null, warnings: [], strengthened: {}, usesClient: false };
  const sha256 = await closureHash(lock, [specifiers, needsSdk], mentioned, broken);
  const key = closureKey(sha256);
  const notes = await bucket.get(`${key}.json`);
  if (notes !== null && (await bucket.has(key))) {
    return { closure: sha256, ...(JSON.parse(decode(notes)) as Notes) };
  }
  const linker = createLinker(lock);
  const packages = new Map(lock.packages.map((pkg) => [pkg.id, pkg]));
  const budget: UnpackBudget = { unpacked: 0 };
  const strengthened: Record<string, string> = {};
  const unpack = async (ids: string[]) => {
    const indexes = new Map<string, PackageIndex>();
    await eachAtOnce(ids, Math.min(CONNECTIONS, 4), async (id) => {
      const pkg = packages.get(id);
      if (pkg === undefined) return;
      const index = await unpackPackage(bucket, registry, pkg, budget);
      indexes.set(id, index);
      if (!pkg.integrity.startsWith("sha512-")) strengthened[id] = index.integrity;
    });
    return indexes;
  };
  const isLeftOut = leaveOut(new Set(mentioned));
  const reach = await reachFiles(linker, specifiers, needsSdk, unpack, isLeftOut);
  const laid = await layFiles(bucket, linker, reach, new Map(broken));
  const reached = new Set([...reach.files.values()].map(({ instance }) => instance.id));
  const warnings = [
    ...lock.warnings.flatMap(([id, message]) => (reached.has(id) ? [{ message }] : [])),
    ...warningsOf(lock, reach, laid.assembled),
    ...broken.map(([, message]) => ({ message: `${message}: what requires it fails` })),
  ];
  const found: Notes = { warnings, strengthened, usesClient: reach.usesClient };
  if (laid.modules.length === 0) return { closure: null, ...found };
  await bucket.put(`${key}.json`, encode(JSON.stringify(found)));
  const header = closureHeader(laid.links, laid.modules);
  const size = laid.modules.reduce((sum, module) => sum + module.size, header.byteLength);
  await bucket.putPieces(key, size, piecesOf(header, laid.modules));
  return { closure: sha256, ...found };
}

async function* piecesOf(header: Uint8Array, modules: LaidModule[]): AsyncGenerator<Uint8Array> {
  yield header;
  for (const { pieces } of modules) yield* pieces;
}

async function closureHash(
  lock: Lock,
  asked: [specifiers: CheckedSources["specifiers"], needsSdk: boolean],
  mentioned: string[],
  broken: BrokenFiles,
): Promise<string> {
  const giants = lock.packages.some(({ name }) => GIANTS.has(name)) ? mentioned : [];
  const { root, hoisted, packages } = lock;
  const text = JSON.stringify([INSTALLER, root, hoisted, packages, asked, giants, broken]);
  const digest = await crypto.subtle.digest("SHA-256", encode(text));
  return new Uint8Array(digest).toHex();
}

function isScript(file: string): boolean {
  return /\.(?:[cm]?js|json)$/i.test(file);
}

function warningsOf(lock: Lock, reach: Reach, assembled: Set<string>): BuildMessage[] {
  const warnings: BuildMessage[] = [];
  for (const id of reach.missing) {
    const { name, subpath } = split(id);
    const isThere = Object.hasOwn(lock.root, name) || Object.hasOwn(lock.hoisted, name);
    const lack = subpath === "." ? "main file" : subpath;
    const what = isThere ? `${name} has no ${lack}` : `Nothing in the dependencies is called ${id}`;
    warnings.push({ message: `${what}: require() of it fails` });
  }
  for (const [id, file] of reach.native) {
    warnings.push({ message: `${id} asks for native code (${file}), which cannot run here` });
  }
  for (const id of reach.assembling) {
    if (!assembled.has(id)) warnings.push({ message: assemblyWarning(id) });
  }
  for (const message of reach.tooLarge) {
    warnings.push({ message: `${message}: require() of it fails` });
  }
  for (const message of reach.tooMany) warnings.push({ message });
  for (const { id, index } of reach.readers) {
    const data = Object.entries(index?.tooLarge ?? {}).filter(([file]) => !isScript(file));
    for (const [file, size] of data) {
      const most = `a data file may have ${mebibytes(LIMITS.dataBytes)}`;
      warnings.push({ message: `${id} is laid without ${file} (${mebibytes(size)}): ${most}` });
    }
  }
  for (const [id, builtins] of reach.processes) {
    warnings.push({ message: absentWarning(id, builtins) });
  }
  for (const { id } of reach.scripts) {
    warnings.push({ message: `${id} has an install script, and none is run here` });
  }
  return warnings;
}
