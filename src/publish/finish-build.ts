import type { Lock } from "../contract/lock.ts";
import { assetKey } from "../contract/manifest.ts";
import {
  type BuildError,
  type BuildRow,
  endBuild,
  type ResolvedDependency,
  versionsOfBuilds,
} from "../store/builds.ts";
import { timestamp } from "../store/timestamp.ts";
import type { VersionRow } from "../store/versions.ts";
import { type Compilation, compileBuild, headerRulesVersion } from "./compile-build.ts";
import { buildKey, type CompiledBuild, loadBuild, storeBuild } from "./compiled-build.ts";
import { HEADER_RULES_PATH, MAX_HEADER_RULES_SIZE } from "./header-rules.ts";
import { pacedWrite } from "./paced-write.ts";

/** What a build becomes: what its deployments share, and what its author should know. */
export type MadeBuild = {
  compiled: CompiledBuild;
  warnings: BuildError[];
  /** The packages that its functions use; null for a build of assets alone. */
  lock: Lock | null;
  /** SHA-256 of what they reach of them. */
  closure: string | null;
};

/** Compiles the assets among a build's `versions`, reading header rules where it has any. */
export async function compileAssets(env: Env, versions: VersionRow[]): Promise<Compilation> {
  const rules = headerRulesVersion(versions);
  if (!rules) return compileBuild(versions, null);
  if (rules.content_size > MAX_HEADER_RULES_SIZE) {
    return refused(`it must be at most ${MAX_HEADER_RULES_SIZE} bytes long`);
  }
  const object = await env.BYTES.get(assetKey(rules.service_sid, rules.sid));
  if (!object) return refused("its bytes are missing: upload it again");
  return compileBuild(versions, new Uint8Array(await object.arrayBuffer()));
}

/**
 * Ends a build that is in D1: its compiled form is stored first, so that a build that reads
 * `completed` can be deployed. It is the same bytes whoever writes it.
 */
export async function finishBuild(
  env: Env,
  { sid, service_sid }: Pick<BuildRow, "sid" | "service_sid">,
  { compiled, warnings, lock, closure }: MadeBuild,
): Promise<void> {
  await pacedWrite(() => storeBuild(env.BYTES, buildKey(service_sid, sid), compiled));
  await endBuild(env.DB, sid, {
    ...{ status: "completed", errors: [], warnings, date: timestamp() },
    resolved: lock && resolvedDependencies(lock),
    closure,
  });
}

/** Milliseconds that whoever needs a lost build at once waits for its functions. */
const REMAKING = 60_000;

/**
 * Does again, from what stands in D1 and R2, what was cut short when the build was made, or lost
 * since. Returns the compiled build, or null when it cannot be made, or not soon; the build then has
 * failed, is being made, or was deleted meanwhile.
 */
export async function resumeBuild(
  env: Env,
  { sid, service_sid }: Pick<BuildRow, "sid" | "service_sid">,
  patience = REMAKING,
): Promise<CompiledBuild | null> {
  const versions = (await versionsOfBuilds(env.DB, [sid])).get(sid) ?? [];
  // Every build has a version: one of none would be served in place of a site.
  if (versions.length === 0) return null;
  if (versions.some(({ kind }) => kind === "function")) {
    const object = env.BUILDS.getByName(sid);
    await object.start({ serviceSid: service_sid, buildSid: sid });
    await object.ended(patience);
    return loadBuild(env.BYTES, buildKey(service_sid, sid));
  }
  const compilation = await compileAssets(env, versions);
  if (compilation.ok) {
    const { build: compiled, warnings } = compilation;
    const made = { compiled, warnings, lock: null, closure: null };
    await finishBuild(env, { sid, service_sid }, made);
    return compiled;
  }
  const { errors } = compilation;
  await endBuild(env.DB, sid, { status: "failed", errors, warnings: [], date: timestamp() });
  return null;
}

function resolvedDependencies({ root, packages }: Lock): ResolvedDependency[] {
  const byId = new Map(packages.map((pkg) => [pkg.id, pkg]));
  const names = Object.entries(root).sort(([a], [b]) => (a < b ? -1 : 1));
  return names.flatMap(([name, id]) => {
    const pkg = byId.get(id);
    return pkg ? [{ name, version: pkg.version, integrity: pkg.integrity }] : [];
  });
}

function refused(message: string): Compilation {
  return { ok: false, errors: [{ path: HEADER_RULES_PATH, message }] };
}
