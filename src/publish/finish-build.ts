import { assetKey } from "../contract/manifest.ts";
import type { FunctionPackage } from "../contract/package-format.ts";
import {
  type BuildError,
  type BuildRow,
  type Dependency,
  dependenciesOfBuild,
  endBuild,
  versionsOfBuilds,
} from "../store/builds.ts";
import { timestamp } from "../store/timestamp.ts";
import type { VersionRow } from "../store/versions.ts";
import { type Compilation, compileBuild, headerRulesVersion } from "./compile-build.ts";
import { buildKey, type CompiledBuild, storeBuild } from "./compiled-build.ts";
import { HEADER_RULES_PATH, MAX_HEADER_RULES_SIZE } from "./header-rules.ts";
import { layFunctions } from "./lay-functions.ts";
import { pacedWrite } from "./paced-write.ts";

/**
 * What a build becomes: what its deployments share, the code where it has functions, and what its
 * author should know.
 */
export type MadeBuild = {
  compiled: CompiledBuild;
  package: FunctionPackage | null;
  warnings: BuildError[];
};

export type Making = { ok: true; made: MadeBuild } | { ok: false; errors: BuildError[] };

/** Makes a build of `versions`, reading header rules, sources and private assets where it has any. */
export async function makeBuild(
  env: Env,
  versions: VersionRow[],
  dependencies: Dependency[],
): Promise<Making> {
  const assets = versions.filter(({ kind }) => kind === "asset");
  const functions = versions.filter(({ kind }) => kind === "function");
  const compilation = await compileAssets(env, assets);
  if (functions.length === 0) {
    if (!compilation.ok) return compilation;
    return { ok: true, made: { compiled: compilation.build, package: null, warnings: [] } };
  }
  const rules = headerRulesVersion(assets);
  const readable = assets.filter((asset) => asset !== rules);
  const laid = await layFunctions(env, functions, readable, dependencies);
  if (!compilation.ok || !laid.ok) {
    const errors = [compilation, laid].flatMap((result) => (result.ok ? [] : result.errors));
    return { ok: false, errors };
  }
  const compiled = { ...compilation.build, functions: laid.functions };
  return { ok: true, made: { compiled, package: laid.package, warnings: laid.warnings } };
}

async function compileAssets(env: Env, versions: VersionRow[]): Promise<Compilation> {
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
 * Ends a build that is in D1: its package and its compiled form are stored first, so that a build
 * that reads `completed` can be deployed. Both are the same bytes whoever writes them: two that bring
 * one library at once, or finish one build, wait for one another.
 */
export async function finishBuild(
  env: Env,
  { sid, service_sid }: Pick<BuildRow, "sid" | "service_sid">,
  made: MadeBuild,
): Promise<void> {
  const pkg = made.package;
  if (pkg) {
    const { storePackage } = await import("../functions/build/store-package.ts");
    const build = { serviceSid: service_sid, buildSid: sid };
    await pacedWrite(() => storePackage(env.BYTES, env.ASSETS, build, pkg));
  }
  await pacedWrite(() => storeBuild(env.BYTES, buildKey(service_sid, sid), made.compiled));
  const { warnings } = made;
  await endBuild(env.DB, sid, { status: "completed", errors: [], warnings, date: timestamp() });
}

/**
 * Does again, from what stands in D1 and R2, what was cut short when the build was made, or lost
 * since. Returns the compiled build, or null when it cannot be made; the build then has failed, or
 * was deleted meanwhile.
 */
export async function resumeBuild(
  env: Env,
  build: Pick<BuildRow, "sid" | "service_sid">,
): Promise<CompiledBuild | null> {
  const versions = (await versionsOfBuilds(env.DB, [build.sid])).get(build.sid) ?? [];
  // Every build has a version: one of none would be served in place of a site.
  if (versions.length === 0) return null;
  const dependencies = await dependenciesOfBuild(env.DB, build.sid);
  const making = await makeBuild(env, versions, dependencies);
  if (making.ok) {
    await finishBuild(env, build, making.made);
    return making.made.compiled;
  }
  const { errors } = making;
  await endBuild(env.DB, build.sid, { status: "failed", errors, warnings: [], date: timestamp() });
  return null;
}

function refused(message: string): Compilation {
  return { ok: false, errors: [{ path: HEADER_RULES_PATH, message }] };
}
