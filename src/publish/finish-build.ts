import { assetKey } from "../manifest.ts";
import { type BuildRow, endBuild, versionsOfBuilds } from "../store/builds.ts";
import { timestamp } from "../store/timestamp.ts";
import type { VersionRow } from "../store/versions.ts";
import { type Compilation, compileBuild, headerRulesVersion } from "./compile-build.ts";
import { buildKey, type CompiledBuild, storeBuild } from "./compiled-build.ts";
import { HEADER_RULES_PATH, MAX_HEADER_RULES_SIZE } from "./header-rules.ts";

/** Compiles `versions`, reading the one among them that holds header rules. */
export async function compileVersions(env: Env, versions: VersionRow[]): Promise<Compilation> {
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
 * `completed` can be deployed.
 */
export async function finishBuild(
  env: Env,
  build: Pick<BuildRow, "sid" | "service_sid">,
  compiled: CompiledBuild,
): Promise<void> {
  await storeBuild(env.BYTES, buildKey(build.service_sid, build.sid), compiled);
  await endBuild(env.DB, build.sid, { status: "completed", errors: [], date: timestamp() });
}

/**
 * Does again, from what stands in D1 and R2, what was cut short when the build was made, or lost
 * since. Returns the compiled build, or null when it cannot be made; the build then has failed.
 */
export async function resumeBuild(
  env: Env,
  build: Pick<BuildRow, "sid" | "service_sid">,
): Promise<CompiledBuild | null> {
  const versions = (await versionsOfBuilds(env.DB, [build.sid])).get(build.sid) ?? [];
  const compilation = await compileVersions(env, versions);
  if (compilation.ok) {
    await finishBuild(env, build, compilation.build);
    return compilation.build;
  }
  const { errors } = compilation;
  await endBuild(env.DB, build.sid, { status: "failed", errors, date: timestamp() });
  return null;
}

function refused(message: string): Compilation {
  return { ok: false, errors: [{ path: HEADER_RULES_PATH, message }] };
}
