import { Hono } from "hono";
import { listNewestVersions } from "../store/newest-versions.ts";
import type { ResourceKind } from "../store/resources.ts";
import type { VersionRow } from "../store/versions.ts";
import { presentAssetVersion } from "./asset-versions.ts";
import type { ApiContext, ApiEnv } from "./context.ts";
import { presentFunctionVersion } from "./function-versions.ts";
import { listRequest, listResponse } from "./paging.ts";
import { requireService } from "./parents.ts";

/**
 * `…/AssetVersions` and `…/FunctionVersions`, beyond Twilio: the newest version of each asset or
 * function, which is what a build of the service as it stands is made of. With Twilio's API alone
 * that takes one call for each of them.
 */
export const newestVersions = new Hono<ApiEnv>().basePath("/v1/Services/:serviceSid");

newestVersions.get("/AssetVersions", (context) =>
  listNewest(context, "asset", "asset_versions", presentAssetVersion),
);
newestVersions.get("/FunctionVersions", (context) =>
  listNewest(context, "function", "function_versions", presentFunctionVersion),
);

async function listNewest(
  context: ApiContext,
  kind: ResourceKind,
  key: string,
  present: (context: ApiContext, row: VersionRow) => object,
): Promise<Response> {
  const request = await listRequest(context);
  const service = await requireService(context);
  const page = await listNewestVersions(context.env.DB, service.sid, kind, request);
  return listResponse(context, key, request, page, (row) => present(context, row));
}
