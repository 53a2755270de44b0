/** KV is brought back to what D1 says, wherever and for whatever reason it differs. */
import { manifestKey } from "../contract/manifest.ts";
import {
  saveWalkPosition,
  unfinishedBuilds,
  type WalkName,
  walkPosition,
} from "../store/retention.ts";
import { type Served, servingEnvironments } from "../store/served.ts";
import { timestamp } from "../store/timestamp.ts";
import type { CompiledBuild } from "./compiled-build.ts";
import {
  deleteEnvironmentRecords,
  differingRecords,
  publishEnvironmentRecord,
  recordedEnvironments,
  strayRecords,
} from "./environment-records.ts";
import { resumeBuild } from "./finish-build.ts";
import { environmentHostnames } from "./hostnames.ts";
import { storedNames } from "./kv-values.ts";
import { datesOnRecord } from "./modified-dates.ts";
import { compiledBuild, manifestOf, project, servedNow } from "./projection.ts";
import type { Published } from "./published.ts";

/** Environments (each with its custom domains), and KV keys, in one run. */
const ENVIRONMENTS = 20;
const KEYS = 200;
const BUILDS = 20;

/**
 * How old a build must be, milliseconds, before it is taken for one whose making was cut short. Who
 * asks for such a build has it finished sooner (api/builds.ts); here nobody waits.
 */
const CUT_SHORT = 60 * 1000;

const HOST_PREFIX = manifestKey("");

/** Finishes builds whose making was cut short. Returns how many. */
export async function resumeBuilds(env: Env): Promise<number> {
  const cutoff = timestamp(new Date(Date.now() - CUT_SHORT));
  const builds = await unfinishedBuilds(env.DB, cutoff, BUILDS);
  let resumed = 0;
  for (const { sid, service_sid } of builds) {
    if (await tried(sid, () => resumeBuild(env, { sid, service_sid }))) resumed++;
  }
  return resumed;
}

/** What fails for one build, however often, must not keep all that come after it from their turn. */
async function tried<Value>(
  build: string,
  step: () => Promise<Value>,
): Promise<{ value: Value } | null> {
  try {
    return { value: await step() };
  } catch (error) {
    const message = String(error);
    console.error(JSON.stringify({ event: "build-unreadable", build, message }));
    return null;
  }
}

/** Writes the manifests that KV misses or has otherwise than D1, a stretch a run. Returns how many. */
export async function repairServed(env: Env, published: Published): Promise<number> {
  return walk(env, "served-hostnames", async (position) => {
    const { hostnames, next } = await servedHostnames(env, position);
    const wrong = await differing(env, hostnames);
    await project(env, published, wrong);
    return { count: wrong.length, next };
  });
}

/** Deletes the manifests in KV of hostnames that serve nothing, a stretch a run. Returns how many. */
export async function removeStrays(env: Env, published: Published): Promise<number> {
  return walk(env, "stored-hostnames", async (position) => {
    const { hostnames, next } = await strayHostnames(env, position);
    await project(env, published, hostnames);
    return { count: hostnames.length, next };
  });
}

/** Writes the environment records that KV misses or has otherwise than D1. Returns how many. */
export async function repairRecords(env: Env, published: Published): Promise<number> {
  return walk(env, "recorded-environments", async (position) => {
    const { environments, next } = await recordedEnvironments(env, position, ENVIRONMENTS);
    const wrong = await differingRecords(env, environments);
    for (const sid of wrong) await publishEnvironmentRecord(env, published, sid);
    return { count: wrong.length, next };
  });
}

/** Deletes the environment records in KV of what has no functions. Returns how many. */
export async function removeStrayRecords(env: Env): Promise<number> {
  return walk(env, "stored-environments", async (position) => {
    const { environments, next } = await strayRecords(env, position, KEYS);
    await deleteEnvironmentRecords(env, environments);
    return { count: environments.length, next };
  });
}

/** Hostnames from a walk, and where the walk goes on; empty at its end. */
export type Stretch = { hostnames: string[]; next: string };

/** Returns hostnames that D1 says serve something. */
export async function servedHostnames(env: Env, position: string): Promise<Stretch> {
  const { environments, next } = await servingEnvironments(env.DB, Number(position), ENVIRONMENTS);
  return {
    hostnames: environments.flatMap((names) => environmentHostnames(names, env.BASE_DOMAIN)),
    next: next === null ? "" : String(next),
  };
}

/** Returns hostnames that KV has a manifest of, and D1 says serve nothing. */
export async function strayHostnames(env: Env, position: string): Promise<Stretch> {
  const { names, next } = await storedNames(env, HOST_PREFIX, position || null, KEYS);
  const { served } = await servedNow(env, names);
  return { hostnames: names.filter((hostname) => !served.has(hostname)), next: next ?? "" };
}

/**
 * Returns those of `hostnames` whose value in KV is not byte for byte what D1 says. One build is held
 * at a time: twenty large ones would be much of an isolate's memory.
 */
async function differing(env: Env, hostnames: string[]): Promise<string[]> {
  const { served: truth } = await servedNow(env, hostnames);
  const wrong: string[] = [];
  for (const [build, entries] of Map.groupBy(truth, ([, served]) => served.build_sid)) {
    const [[, { service_sid }]] = entries as [[string, Served]];
    const compiled = await tried(build, () => compiledBuild(env, service_sid, build));
    if (compiled === null) continue;
    for (const [hostname, served] of entries) {
      const expected = await expectedManifest(env, hostname, served, compiled.value);
      const stored = await env.MANIFESTS.get(manifestKey(hostname));
      if (expected === null || stored !== expected) wrong.push(hostname);
    }
  }
  return wrong;
}

/** The text that KV should have; null where no deployment of this release has recorded its dates. */
async function expectedManifest(
  env: Env,
  hostname: string,
  served: Served,
  build: CompiledBuild | null,
): Promise<string | null> {
  const dates = build && (await datesOnRecord(env.DB, served, build));
  return dates && (await manifestOf(env, hostname, served, build, dates)).value;
}

async function walk(
  env: Env,
  name: WalkName,
  step: (position: string) => Promise<{ count: number; next: string }>,
): Promise<number> {
  const position = await walkPosition(env.DB, name);
  // A stretch that fails is not tried for ever: the walk begins anew.
  if (position !== "") await saveWalkPosition(env.DB, name, "");
  const { count, next } = await step(position);
  if (next !== "") await saveWalkPosition(env.DB, name, next);
  return count;
}
