import { Hono } from "hono";
import { listNewestAssetVersions } from "../store/newest-versions.ts";
import { presentVersion } from "./asset-versions.ts";
import type { ApiEnv } from "./context.ts";
import { listRequest, listResponse } from "./paging.ts";
import { requireService } from "./parents.ts";

/**
 * `…/AssetVersions`, beyond Twilio: the newest version of each asset, which is what a build of the
 * service as it stands is made of. With Twilio's API alone that takes one call for each asset.
 */
export const newestAssetVersions = new Hono<ApiEnv>().basePath(
  "/v1/Services/:serviceSid/AssetVersions",
);

newestAssetVersions.get("/", async (context) => {
  const request = listRequest(context);
  const service = await requireService(context);
  const page = await listNewestAssetVersions(context.env.DB, service.sid, request);
  return listResponse(context, "asset_versions", request, page, (row) =>
    presentVersion(context, row),
  );
});
