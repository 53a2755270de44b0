import { buildOfSid, dependenciesOfBuild, endBuild, versionsOfBuilds } from "../store/builds.ts";
import { timestamp } from "../store/timestamp.ts";
import { giveTurn, takeTurn } from "./build-turn.ts";
import { headerRulesVersion } from "./compile-build.ts";
import { compileAssets, finishBuild } from "./finish-build.ts";
import { type BuildSids, buildOrder, makeFunctions } from "./make-functions.ts";
import type { StepStorage } from "./step-storage.ts";

/** Milliseconds until a build that waits for its turn asks again. */
const TURN = 250;

/** How often a build is tried, whatever stopped it, and how long it may take in all. */
const ATTEMPTS = 6;
const LONGEST = 15 * 60 * 1000;

/** Milliseconds before the next try. */
const PAUSES = [1_000, 3_000, 10_000, 20_000, 30_000];

type Progress = { attempts: number; since: number };

/**
 * Does what is left of the build whose SIDs `storage` holds, and returns null once it has ended,
 * completed or failed, or else after how many milliseconds to call again. A build that D1 does not
 * know has ended too.
 */
export async function advanceBuild(env: Env, storage: StepStorage): Promise<number | null> {
  const sids = await storage.get<BuildSids>("build");
  const build = sids && (await buildOfSid(env.DB, sids.buildSid));
  if (!sids || !build) return null;
  const { buildSid } = sids;
  if (!takeTurn(buildSid, Date.now())) return TURN;
  try {
    const fresh: Progress = { attempts: 0, since: Date.now() };
    const { attempts, since } = (await storage.get<Progress>("progress")) ?? fresh;
    await storage.put("progress", { attempts: attempts + 1, since });
    const failure = await attempt(env, storage, sids, attempts).catch((error: unknown) => {
      console.error(
        JSON.stringify({ event: "build-step-failed", build: buildSid, message: String(error) }),
      );
      return { errors: [{ message: "The build was interrupted" }], retry: true };
    });
    if (failure === null) return null;
    const last = attempts + 1 >= ATTEMPTS || Date.now() - since > LONGEST;
    if (failure.retry && !last) return PAUSES[attempts] ?? 30_000;
    const { errors } = failure;
    await endBuild(env.DB, buildSid, { status: "failed", errors, warnings: [], date: timestamp() });
    return null;
  } finally {
    giveTurn(buildSid);
  }
}

/** Returns why the build was not made; null where it was. */
async function attempt(env: Env, storage: StepStorage, sids: BuildSids, number: number) {
  const { serviceSid, buildSid } = sids;
  const versions = (await versionsOfBuilds(env.DB, [buildSid])).get(buildSid) ?? [];
  const assets = versions.filter(({ kind }) => kind === "asset");
  const compilation = await compileAssets(env, assets);
  if (!compilation.ok) return { errors: compilation.errors, retry: false };
  const dependencies = await dependenciesOfBuild(env.DB, buildSid);
  const order = buildOrder(sids, versions, headerRulesVersion(assets), dependencies);
  const made = await makeFunctions(env, storage, order, number);
  if (!made.ok) return made;
  const { functions, ...rest } = made.value;
  const warnings = [...compilation.warnings, ...rest.warnings];
  const compiled = { ...compilation.build, functions };
  await finishBuild(
    env,
    { sid: buildSid, service_sid: serviceSid },
    { ...rest, compiled, warnings },
  );
  return null;
}
