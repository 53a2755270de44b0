import type { Dependency } from "../contract/lock.ts";
import { buildErrorText } from "../publish/build-error.ts";
import { headerRulesVersion } from "../publish/compile-build.ts";
import { compileAssets, finishBuild } from "../publish/finish-build.ts";
import { buildOrder } from "../publish/make-functions.ts";
import { type BuildRow, countBuildAttempt, insertBuild } from "../store/builds.ts";
import { timestamp } from "../store/timestamp.ts";
import type { VersionRow } from "../store/versions.ts";
import type { ApiContext } from "./context.ts";
import { conflict, invalid } from "./errors.ts";
import { newSid } from "./sids.ts";

const HOUR = 3600 * 1000;

/** Counts an attempt to build, refused ones too; throws 20001 where the account made too many. */
export async function countAttempt(context: ApiContext): Promise<void> {
  const { accountSid, limits } = context.var;
  const hourAgo = timestamp(new Date(Date.now() - HOUR));
  const { builds_per_hour: limit } = limits;
  if (await countBuildAttempt(context.env.DB, accountSid, limit, hourAgo, timestamp())) return;
  throw invalid(`Builds are limited to less than or equal to ${limit} an hour`);
}

export type BuildRequest = {
  serviceSid: string;
  versions: VersionRow[];
  Dependencies: Dependency[];
  Runtime: string;
};

/**
 * Makes a build. What is wrong with it, as far as that can be told at once, is a 400 (20001) that
 * tells all of it: Twilio's tools print the message of a refused request, but of a failed build only
 * that it failed. A build of assets alone is completed; one with functions is being made.
 */
export async function createBuild(context: ApiContext, build: BuildRequest): Promise<BuildRow> {
  const { env } = context;
  const { serviceSid, versions } = build;
  const assets = versions.filter(({ kind }) => kind === "asset");
  const compilation = await compileAssets(env, assets);
  const errors = compilation.ok ? [] : compilation.errors;
  const sids = { serviceSid, buildSid: newSid("ZB") };
  if (assets.length === versions.length) {
    if (!compilation.ok) throw refusal(errors);
    const row = await insert(context, sids.buildSid, build);
    const { warnings } = compilation;
    const made = { compiled: compilation.build, warnings, lock: null, closure: null };
    await finishBuild(env, row, made);
    return row;
  }
  const object = env.BUILDS.getByName(sids.buildSid);
  const order = buildOrder(sids, versions, headerRulesVersion(assets), build.Dependencies);
  const check = await object.check(order);
  if (!check.ok) throw refusal([...errors, ...check.errors]);
  if (errors.length > 0) throw refusal(errors);
  const row = await insert(context, sids.buildSid, build);
  await object.start(sids);
  return row;
}

function refusal(errors: Parameters<typeof buildErrorText>[0][]): Error {
  return invalid(errors.map(buildErrorText).join("\n"));
}

async function insert(
  context: ApiContext,
  sid: string,
  { serviceSid, versions, Dependencies, Runtime }: BuildRequest,
): Promise<BuildRow> {
  const row = await insertBuild(context.env.DB, {
    sid,
    accountSid: context.var.accountSid,
    serviceSid,
    runtime: Runtime,
    dependencies: Dependencies,
    versionSids: versions.map((version) => version.sid),
    date: timestamp(),
  });
  if (row === null) throw conflict("A Version was deleted while the Build was made");
  return row;
}
