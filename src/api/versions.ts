import { Hono } from "hono";
import { type Hold, heldBytes } from "../contract/byte-budget.ts";
import { assetKey } from "../contract/manifest.ts";
import { CLIENT_PACE } from "../contract/pace.ts";
import { PART_SIZE, writeObject } from "../store/object-writer.ts";
import type { ResourceKind, ResourceRow } from "../store/resources.ts";
import { timestamp } from "../store/timestamp.ts";
import {
  deleteVersion,
  findVersion,
  insertVersion,
  listVersions,
  type VersionRow,
} from "../store/versions.ts";
import type { ApiContext, ApiEnv } from "./context.ts";
import { ApiError, bodyLate, busy, errorResponse, invalid } from "./errors.ts";
import type { Limits } from "./limits.ts";
import { multipartBoundary } from "./multipart-headers.ts";
import { listRequest, listResponse } from "./paging.ts";
import { found, requireResource } from "./parents.ts";
import { patience } from "./patience.ts";
import { answerBeforeBody, openBody, type RequestBody } from "./request-body.ts";
import { newSid } from "./sids.ts";
import { checkContentLength, readUpload, type SizeLimits, type Upload } from "./upload-form.ts";

/** How the API calls the versions of a kind of resource, and what it says of one. */
export type VersionNames = {
  kind: ResourceKind;
  /** The segment of the resources' own collection. */
  collection: string;
  /** The key of the list. */
  key: string;
  sizes: (limits: Limits) => SizeLimits;
  present: (context: ApiContext, row: VersionRow) => object;
};

/**
 * Returns the routes of `…/Assets/{ZH}/Versions` or `…/Functions/{ZH}/Versions` (contract 1.2):
 * uploads, one version, and all of them.
 */
export function versionRouter(names: VersionNames): Hono<ApiEnv> {
  const { kind, collection, key, present } = names;
  const router = new Hono<ApiEnv>().basePath(
    `/v1/Services/:serviceSid/${collection}/:resourceSid/Versions`,
  );

  router.get("/", async (context) => {
    const request = await listRequest(context);
    const resource = await requireResource(context, kind);
    const page = await listVersions(context.env.DB, resource.sid, request);
    return listResponse(context, key, request, page, (row) => present(context, row));
  });

  router.post("/", async (context) => {
    const body = openBody(context.req.raw, CLIENT_PACE);
    try {
      return context.json(present(context, await upload(context, body, names)), 201);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return answerBeforeBody(errorResponse(context, error), body, context.executionCtx);
    }
  });

  router.get("/:versionSid", async (context) => {
    return context.json(present(context, await requireVersion(context, kind)));
  });

  return router;
}

/** Returns the version that `:versionSid` names among those of `:resourceSid`; else 404. */
export async function requireVersion(context: ApiContext, kind: ResourceKind): Promise<VersionRow> {
  const resource = await requireResource(context, kind);
  const sid = context.req.param("versionSid") ?? "";
  return found(context, await findVersion(context.env.DB, resource.sid, sid));
}

/** What an upload holds from its first byte on: pieces that are being read, and a small file. */
const SMALL_UPLOAD = 64 * 1024;

/** What one holds at most: a part that is gathered, and pieces that are being read. */
const LARGE_UPLOAD = PART_SIZE + 256 * 1024;

/** Milliseconds that an upload waits for room: Twilio's tool never sends one again. */
const UPLOAD_PATIENCE = 10 * 60 * 1000;

/** Stores one upload whole, or leaves nothing of it. */
async function upload(
  context: ApiContext,
  body: RequestBody,
  { kind, sizes }: VersionNames,
): Promise<VersionRow> {
  const limits = sizes(context.var.limits);
  checkContentLength(readContentLength(context), limits);
  const boundary = multipartBoundary(context.req.header("Content-Type") ?? null);
  if (boundary === null) {
    throw invalid("The request body must be multipart/form-data with a boundary");
  }
  const resource = await requireResource(context, kind);
  // From here on it is the client that takes the time.
  context.var.endTurn();
  const hold = heldBytes.open(`uploads:${context.var.accountSid}`);
  try {
    await waitForRoom(hold, SMALL_UPLOAD);
    const partRoom = () => waitForRoom(hold, LARGE_UPLOAD);
    return await store(context, body, boundary, resource, limits, partRoom);
  } finally {
    hold.release();
  }
}

async function waitForRoom(hold: Hold, bytes: number): Promise<void> {
  const wait = patience(UPLOAD_PATIENCE);
  while (!hold.resize(bytes)) {
    if (!(await wait())) throw busy();
  }
}

async function store(
  context: ApiContext,
  body: RequestBody,
  boundary: string,
  resource: ResourceRow,
  limits: SizeLimits,
  partRoom: () => Promise<void>,
): Promise<VersionRow> {
  const sid = newSid("ZN");
  const key = assetKey(resource.service_sid, sid);
  const writer = writeObject(context.env.BYTES, key, partRoom);
  let uploaded: Upload;
  try {
    uploaded = await readUpload(body.chunks, boundary, writer, limits);
  } catch (error) {
    await writer.discard();
    throw body.late ? bodyLate() : error;
  }
  const version = await insert(context, resource, sid, uploaded).catch(async (error) => {
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
  resource: ResourceRow,
  sid: string,
  uploaded: Upload,
): Promise<VersionRow> {
  const version = await insertVersion(context.env.DB, {
    sid,
    resourceSid: resource.sid,
    path: uploaded.path,
    visibility: uploaded.visibility,
    contentType: uploaded.contentType,
    contentSize: uploaded.size,
    contentSha256: uploaded.sha256,
    date: timestamp(),
  });
  return found(context, version);
}

function readContentLength(context: ApiContext): number | null {
  const value = context.req.header("Content-Length");
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : null;
}
