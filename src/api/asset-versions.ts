import { Hono } from "hono";
import { assetKey } from "../manifest.ts";
import { writeObject } from "../store/object-writer.ts";
import type { ResourceRow } from "../store/resources.ts";
import {
  deleteVersion,
  findVersion,
  insertVersion,
  listVersions,
  type VersionRow,
} from "../store/versions.ts";
import type { ApiContext, ApiEnv } from "./context.ts";
import { timestamp } from "./dates.ts";
import { ApiError, errorResponse, invalid, requestedNotFound } from "./errors.ts";
import { multipartBoundary } from "./multipart-headers.ts";
import { listRequest, listResponse } from "./paging.ts";
import { found, requireResource } from "./parents.ts";
import { answerBeforeBody, openBody, type RequestBody } from "./request-body.ts";
import { newSid } from "./sids.ts";
import { checkContentLength, readUpload, type Upload } from "./upload-form.ts";

/** `…/Assets/{ZH}/Versions` (contract 1.2), uploads and, beyond Twilio, `…/{ZN}/Content`. */
export const assetVersions = new Hono<ApiEnv>().basePath(
  "/v1/Services/:serviceSid/Assets/:resourceSid/Versions",
);

assetVersions.get("/", async (context) => {
  const request = listRequest(context);
  const asset = await requireResource(context, "asset");
  const page = await listVersions(context.env.DB, asset.sid, request);
  return listResponse(context, "asset_versions", request, page, (row) =>
    presentVersion(context, row),
  );
});

assetVersions.post("/", async (context) => {
  const body = openBody(context.req.raw);
  const uploaded = upload(context, body);
  // A client that breaks off cancels what waits for it; the cleaning up must not be cancelled.
  context.executionCtx.waitUntil(uploaded.catch(() => {}));
  try {
    return context.json(presentVersion(context, await uploaded), 201);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return answerBeforeBody(errorResponse(context, error), body, context.executionCtx);
  }
});

/** Stores one upload whole, or leaves nothing of it. */
async function upload(context: ApiContext, body: RequestBody): Promise<VersionRow> {
  const { limits } = context.var;
  const contentLength = readContentLength(context);
  checkContentLength(contentLength, limits);
  const boundary = multipartBoundary(context.req.header("Content-Type") ?? null);
  if (boundary === null) {
    throw invalid("The request body must be multipart/form-data with a boundary");
  }
  const asset = await requireResource(context, "asset");
  const sid = newSid("ZN");
  const key = assetKey(asset.service_sid, sid);
  const writer = writeObject(context.env.BYTES, key, contentLength);
  let uploaded: Upload;
  try {
    uploaded = await readUpload(body.chunks, boundary, writer, limits);
  } catch (error) {
    await writer.discard();
    throw error;
  }
  const version = await insert(context, asset, sid, uploaded).catch(async (error) => {
    // The row may be there although D1 did not say so: bytes go only when it surely is not.
    await deleteVersion(context.env.DB, sid);
    await writer.discard();
    throw error;
  });
  await body.drain().catch(() => {});
  return version;
}

async function insert(
  context: ApiContext,
  asset: ResourceRow,
  sid: string,
  uploaded: Upload,
): Promise<VersionRow> {
  const version = await insertVersion(context.env.DB, {
    sid,
    resourceSid: asset.sid,
    path: uploaded.path,
    visibility: uploaded.visibility,
    contentType: uploaded.contentType,
    contentSize: uploaded.size,
    contentSha256: uploaded.sha256,
    date: timestamp(),
  });
  return found(context, version);
}

assetVersions.get("/:versionSid", async (context) => {
  return context.json(presentVersion(context, await requireVersion(context)));
});

assetVersions.get("/:versionSid/Content", async (context) => {
  const version = await requireVersion(context);
  const object = await context.env.BYTES.get(assetKey(version.service_sid, version.sid));
  if (!object) throw requestedNotFound(context);
  return context.body(object.body, 200, {
    "Content-Type": version.content_type,
    "Content-Length": String(version.content_size),
    ETag: `"${version.content_sha256}"`,
    // A tenant's bytes on the control plane's host: saved, never shown, and nothing in them runs.
    "Content-Disposition": "attachment",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
  });
});

async function requireVersion(context: ApiContext): Promise<VersionRow> {
  const asset = await requireResource(context, "asset");
  const sid = context.req.param("versionSid") ?? "";
  return found(context, await findVersion(context.env.DB, asset.sid, sid));
}

function readContentLength(context: ApiContext): number | null {
  const value = context.req.header("Content-Length");
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : null;
}

/** An asset version as the API shows it. */
export function presentVersion(context: ApiContext, row: VersionRow) {
  const { baseUrl } = context.var;
  return {
    sid: row.sid,
    account_sid: row.account_sid,
    service_sid: row.service_sid,
    asset_sid: row.resource_sid,
    path: row.path,
    visibility: row.visibility,
    date_created: row.date_created,
    url: `${baseUrl}/Services/${row.service_sid}/Assets/${row.resource_sid}/Versions/${row.sid}`,
    content_sha256: row.content_sha256,
    content_size: row.content_size,
    content_type: row.content_type,
  };
}
