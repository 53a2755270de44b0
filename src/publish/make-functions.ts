import type { Dependency, Lock } from "../contract/lock.ts";
import { lockKey } from "../contract/lock.ts";
import { assetKey, type ManifestFunction } from "../contract/manifest.ts";
import { packageKey } from "../contract/package-format.ts";
import { sizeErrors } from "../functions/build/package-rules.ts";
import type {
  BrokenFiles,
  Builder,
  BuildInput,
  CheckedSources,
  Laid,
  Outcome,
  PackagedFunction,
} from "../functions/build/protocol.ts";
import { settleFlavours, settleTwilio, withoutBundle } from "../functions/build/settle.ts";
import type { BuildError } from "../store/builds.ts";
import type { VersionRow } from "../store/versions.ts";
import type { Check } from "./build-object.ts";
import { giveTurn, takeTurn } from "./build-turn.ts";
import { builderFor } from "./build-worker.ts";
import { prebuiltLibraries, storeLibraries } from "./prebuilt-libraries.ts";
import { keepStep, keptStep, type StepStorage } from "./step-storage.ts";
import { trialLoad } from "./trial-load.ts";

/** Whose build it is. */
export type BuildSids = { serviceSid: string; buildSid: string };

/** What a build with functions is to be made of. */
export type BuildOrder = BuildSids & Omit<BuildInput, "prebuilt" | "lock">;

/** Returns the order for a build of `versions`, of which `rules` holds header rules. */
export function buildOrder(
  sids: BuildSids,
  versions: VersionRow[],
  rules: VersionRow | null,
  dependencies: Dependency[],
): BuildOrder {
  const readable = versions.filter((version) => version !== rules);
  const packaged = readable.filter(
    ({ kind, visibility }) => kind === "function" || visibility === "private",
  );
  return {
    ...sids,
    files: packaged.map(({ kind, path, resource_sid, service_sid, sid, ...version }) => ({
      ...{ kind, path, sid: resource_sid, key: assetKey(service_sid, sid) },
      ...{ visibility: version.visibility, size: version.content_size },
    })),
    assetPaths: readable.filter((version) => !packaged.includes(version)).map(({ path }) => path),
    dependencies,
  };
}

/** Milliseconds that a check waits for its turn. */
const WAIT = 10_000;

/** Checks an order, and keeps what was found in `storage`. */
export async function checkFunctions(
  env: Env,
  storage: StepStorage,
  order: BuildOrder,
): Promise<Check> {
  const errors = sizeErrors(order.files);
  if (errors.length > 0) return { ok: false, errors };
  const { buildSid } = order;
  const started = Date.now();
  while (!takeTurn(buildSid, Date.now())) {
    if (Date.now() - started > WAIT) {
      giveTurn(buildSid);
      return { ok: true };
    }
    await scheduler.wait(50);
  }
  try {
    const checking = check(env, order, 0, null);
    checking.catch(() => {});
    const outcome = await Promise.race([checking, scheduler.wait(CHECKING).then(() => null)]);
    if (outcome === null) return { ok: true };
    if (!outcome.ok) return outcome.retry ? { ok: true } : { ok: false, errors: outcome.errors };
    await keepStep(storage, "checked", outcome.value);
    return await checkTree(env, storage, order, outcome.value);
  } finally {
    giveTurn(buildSid);
  }
}

/** Milliseconds that a check gives to the sources and the dependencies themselves, and to the whole tree. */
const CHECKING = 20_000;
const RESOLVING = 10_000;

/**
 * Resolves the tree where that is quick, so that what cannot be had is told at once: of what fails
 * later, Twilio's tools say nothing but that it failed.
 */
async function checkTree(
  env: Env,
  storage: StepStorage,
  { serviceSid }: BuildOrder,
  { needed, others }: CheckedSources,
): Promise<Check> {
  const resolving = builderFor(env, serviceSid, 0).resolve(needed, others);
  // What comes later, or never, is the build's to find.
  resolving.catch(() => {});
  const lock = await Promise.race([resolving, scheduler.wait(RESOLVING).then(() => null)]);
  if (lock === null || (!lock.ok && lock.retry)) return { ok: true };
  if (!lock.ok) return { ok: false, errors: lock.errors };
  await keepStep(storage, "lock", lock.value);
  return { ok: true };
}

async function check(env: Env, order: BuildOrder, attempt: number, lock: Lock | null) {
  const prebuilt = await prebuiltLibraries(env.ASSETS);
  return builderFor(env, order.serviceSid, attempt).check({ ...order, prebuilt, lock });
}

/** Files of packages that are no JavaScript, in one build; more are no accident. */
const MAX_BROKEN = 10;

async function lay(
  env: Env,
  builder: Builder,
  lock: Lock,
  checked: CheckedSources,
): Promise<Outcome<Laid>> {
  const broken: BrokenFiles = [];
  for (;;) {
    const laid = await builder.lay(lock, checked, broken);
    if (!laid.ok || laid.value.closure === null) return laid;
    const found = await trialLoad(env, laid.value.closure);
    if (found === null) return laid;
    broken.push([found.path, found.message]);
    if (broken.length > MAX_BROKEN) {
      return { ok: false, errors: broken.map(([, message]) => ({ message })), retry: false };
    }
  }
}

export type MadeFunctions = {
  functions: Map<string, ManifestFunction>;
  lock: Lock;
  closure: string | null;
  warnings: BuildError[];
};

/**
 * Makes the package of a build with functions, step by step: what a step found stands in `storage`,
 * so that the same call goes on where a crash cut it short. A build that was made before has a lock,
 * and is made of the same packages again.
 */
export async function makeFunctions(
  env: Env,
  storage: StepStorage,
  order: BuildOrder,
  attempt: number,
): Promise<Outcome<MadeFunctions>> {
  const { serviceSid, buildSid } = order;
  const builder = builderFor(env, serviceSid, attempt);
  const step = async <Value>(name: string, work: () => Promise<Outcome<Value>>) => {
    const kept = await keptStep<Value>(storage, name);
    if (kept !== null) return { ok: true, value: kept } as const;
    const outcome = await work();
    if (outcome.ok) await keepStep(storage, name, outcome.value);
    return outcome;
  };
  const stored = await storedLock(env, order);
  const checked = await step<CheckedSources>("checked", () => check(env, order, attempt, stored));
  if (!checked.ok) return checked;
  const { needed, others, prebuilt } = checked.value;
  const lock = await step<Lock>("lock", async () => {
    if (stored === null) return builder.resolve(needed, others);
    const bundled = stored.packages.find((pkg) => pkg.bundled);
    if (bundled === undefined || prebuilt.length > 0) return { ok: true, value: stored };
    const tree = await builder.resolve([{ name: "twilio", version: bundled.version }], []);
    return tree.ok ? { ok: true, value: withoutBundle(stored, tree.value) } : tree;
  });
  if (!lock.ok) return lock;
  const settled = settleTwilio(lock.value, checked.value);
  const laid = await step<Laid>("laid", () => lay(env, builder, settled.lock, settled.checked));
  if (!laid.ok) return laid;
  const final = strengthened(settled.lock, laid.value.strengthened);
  await env.BYTES.put(lockKey(serviceSid, buildSid), JSON.stringify(final));
  const ready = settleFlavours(settled.checked, laid.value);
  await storeLibraries(env.BYTES, env.ASSETS, ready.prebuilt);
  const packed = await builder.pack(packageKey(serviceSid, buildSid), ready, laid.value);
  if (!packed.ok) return packed;
  return {
    ok: true,
    value: {
      functions: reachable(ready.functions),
      lock: final,
      closure: laid.value.closure,
      warnings: [...checked.value.warnings, ...laid.value.warnings],
    },
  };
}

/** What the build's dependencies became when it was made before; null for a new one. */
async function storedLock(env: Env, { serviceSid, buildSid }: BuildSids): Promise<Lock | null> {
  const stored = await env.BYTES.get(lockKey(serviceSid, buildSid));
  return stored === null ? null : stored.json<Lock>();
}

/** The lock with the checksums that were found where the registry had weaker ones. */
function strengthened(lock: Lock, found: Record<string, string>): Lock {
  const packages = lock.packages.map((pkg) => {
    const integrity = found[pkg.id];
    return integrity === undefined ? pkg : { ...pkg, integrity };
  });
  return { ...lock, packages };
}

/** A private function is in the package, for others to require, and has no entry in a manifest. */
function reachable(functions: PackagedFunction[]): Map<string, ManifestFunction> {
  const entries = functions.flatMap(({ path, sid, visibility, flavour }) =>
    visibility === "private" ? [] : [[path, { sid, visibility, flavour }] as const],
  );
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
