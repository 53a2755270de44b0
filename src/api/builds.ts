import { Hono } from "hono";
import * as z from "zod";
import { buildRefusal } from "../publish/build-rules.ts";
import { resumeBuild } from "../publish/finish-build.ts";
import { deleteBuildObjects } from "../publish/retention.ts";
import {
  type BuildInputs,
  type BuildRow,
  buildInputs,
  deleteBuild,
  findBuild,
  versionsOfBuilds,
} from "../store/builds.ts";
import type { ResourceKind } from "../store/resources.ts";
import type { VersionRow } from "../store/versions.ts";
import { countAttempt, createBuild } from "./build-creation.ts";
import { listBuildsWithin } from "./build-pages.ts";
import { dependencies, runtime } from "./build-parameters.ts";
import type { ApiContext, ApiEnv } from "./context.ts";
import { conflict, invalid, requestedNotFound } from "./errors.ts";
import { listRequest, listResponse } from "./paging.ts";
import { readParameters, sidList } from "./parameters.ts";
import { found, requireService, serviceName } from "./parents.ts";
import type { BuildRepresentation, BuildStatusRepresentation } from "./representations.ts";
import { oneByOne } from "./turns.ts";

/** How old a build must be, milliseconds, before it is taken for one whose making was cut short. */
const CUT_SHORT = 15 * 1000;

const creation = z.object({
  AssetVersions: sidList("ZN"),
  FunctionVersions: sidList("ZN"),
  Dependencies: dependencies(),
  Runtime: runtime(),
});

/** `…/Builds` (contract 1.2, 1.7). */
export const builds = new Hono<ApiEnv>().basePath("/v1/Services/:serviceSid/Builds");

builds.get("/", async (context) => {
  const request = await listRequest(context);
  const service = await requireService(context);
  return oneByOne(context.var.accountSid, async () => {
    const { page, versions } = await listBuildsWithin(context.env.DB, service.sid, request);
    return listResponse(context, "builds", request, page, (row) =>
      present(context, row, versions.get(row.sid) ?? []),
    );
  });
});

/**
 * Everything that can be wrong with a build is found before it is made and told at once: Twilio's
 * tools print the message of a refused request, but of a failed build only that it failed.
 */
builds.post("/", async (context) => {
  const parameters = await readParameters(context, creation);
  const { serviceSid, versions } = await checkedInputs(context, {
    asset: [...new Set(parameters.AssetVersions)],
    function: [...new Set(parameters.FunctionVersions)],
  });
  await countAttempt(context);
  const build = { ...parameters, serviceSid, versions };
  const row = await createBuild(context, build);
  return context.json(present(context, row, versions), 201);
});

/** Returns what a new build is to hold; throws 20001 where it cannot make one. */
async function checkedInputs(
  context: ApiContext,
  asked: Record<ResourceKind, string[]>,
): Promise<BuildInputs> {
  const { accountSid, limits } = context.var;
  const sids = [...asked.asset, ...asked.function];
  const inputs = found(
    context,
    await buildInputs(context.env.DB, accountSid, serviceName(context), sids),
  );
  if (sids.length === 0) {
    throw invalid("At least one Function Version or Asset Version is required for Build.");
  }
  const kinds = new Map(inputs.versions.map(({ sid, kind }) => [sid, kind]));
  for (const kind of ["asset", "function"] as const) {
    const unknown = asked[kind].find((sid) => kinds.get(sid) !== kind);
    const name = kind === "asset" ? "Asset" : "Function";
    if (unknown) throw invalid(`${name} Version ${unknown} was not found in this Service`);
  }
  const refusal = buildRefusal(inputs.versions, limits);
  if (refusal) throw invalid(refusal);
  return inputs;
}

builds.get("/:buildSid", async (context) => {
  const build = await requireBuild(context);
  const versions = await versionsOfBuilds(context.env.DB, [build.sid]);
  return context.json(present(context, build, versions.get(build.sid) ?? []));
});

builds.get("/:buildSid/Status", async (context) => {
  const build = await requireBuild(context);
  const url = `${context.var.baseUrl}/Services/${build.service_sid}/Builds/${build.sid}/Status`;
  return context.json({
    sid: build.sid,
    account_sid: build.account_sid,
    service_sid: build.service_sid,
    status: build.status,
    errors: JSON.parse(build.errors),
    warnings: JSON.parse(build.warnings),
    url,
  } satisfies BuildStatusRepresentation);
});

builds.delete("/:buildSid", async (context) => {
  const { DB } = context.env;
  const sid = context.req.param("buildSid");
  const deleted = await deleteBuild(DB, context.var.accountSid, serviceName(context), sid);
  if (!deleted.ok) {
    throw deleted.reason === "deployed"
      ? conflict("Build cannot be deleted while it is deployed to an Environment")
      : requestedNotFound(context);
  }
  await deleteBuildObjects(context.env, deleted.build);
  return context.body(null, 204);
});

/** Milliseconds that a question for a build that is being made waits for its end. */
const PATIENCE = 700;

/**
 * Returns the build that `:buildSid` names; else 404. Who asks for one that is being made waits for
 * it a little. One of assets alone that is still building was cut short, and is finished first.
 */
async function requireBuild(context: ApiContext): Promise<BuildRow> {
  const { env, var: variables } = context;
  const sid = context.req.param("buildSid") ?? "";
  const find = () => findBuild(env.DB, variables.accountSid, serviceName(context), sid);
  const build = found(context, await find());
  if (build.status !== "building") return build;
  const age = Date.now() - Date.parse(build.date_created);
  if (age > CUT_SHORT) await resumeBuild(env, build, PATIENCE);
  else await env.BUILDS.getByName(build.sid).ended(PATIENCE);
  return found(context, await find());
}

function present(context: ApiContext, row: BuildRow, versions: VersionRow[]): BuildRepresentation {
  const url = `${context.var.baseUrl}/Services/${row.service_sid}/Builds/${row.sid}`;
  return {
    sid: row.sid,
    account_sid: row.account_sid,
    service_sid: row.service_sid,
    status: row.status,
    asset_versions: versions.filter(({ kind }) => kind === "asset").map(presentAssetVersion),
    function_versions: versions
      .filter(({ kind }) => kind === "function")
      .map(presentFunctionVersion),
    dependencies: JSON.parse(row.dependencies),
    runtime: row.runtime,
    errors: JSON.parse(row.errors),
    warnings: JSON.parse(row.warnings),
    resolved_dependencies: JSON.parse(row.resolved),
    date_created: row.date_created,
    date_updated: row.date_updated,
    url,
    links: { build_status: `${url}/Status` },
  };
}

function presentFunctionVersion(version: VersionRow) {
  return {
    ...presentVersion(version),
    function_sid: version.resource_sid,
    content_sha256: version.content_sha256,
    content_size: version.content_size,
  };
}

function presentAssetVersion(version: VersionRow) {
  return {
    ...presentVersion(version),
    asset_sid: version.resource_sid,
    content_sha256: version.content_sha256,
    content_size: version.content_size,
    content_type: version.content_type,
    facts: version.facts === null ? null : JSON.parse(version.facts),
  };
}

/** A version inside a build has no URL (contract 1.3). */
function presentVersion(version: VersionRow) {
  return {
    sid: version.sid,
    account_sid: version.account_sid,
    service_sid: version.service_sid,
    date_created: version.date_created,
    path: version.path,
    visibility: version.visibility,
  };
}
