import { Hono } from "hono";
import * as z from "zod";
import {
  deleteResource,
  insertResource,
  listResources,
  type ResourceKind,
  type ResourceName,
  type ResourceRow,
  updateResource,
} from "../store/resources.ts";
import { timestamp } from "../store/timestamp.ts";
import type { ApiContext, ApiEnv } from "./context.ts";
import { requestedNotFound } from "./errors.ts";
import { listRequest, listResponse } from "./paging.ts";
import { readParameters, text } from "./parameters.ts";
import { found, requireResource, requireService, serviceName } from "./parents.ts";
import type { ResourceRepresentation } from "./representations.ts";
import { newSid } from "./sids.ts";

/** How the API calls a kind of resource. */
type ResourceNames = {
  kind: ResourceKind;
  /** The last segment of the collection's path. */
  collection: string;
  /** The key of the collection's list. */
  key: string;
  /** The link to a resource's versions. */
  versions: string;
};

/** The parameters of creating and renaming. */
const naming = z.object({ FriendlyName: text(255) });

/**
 * Returns the routes of `/v1/Services/{ServiceSid}/Assets` or `…/Functions`: names that have
 * versions. Two may have one name: Twilio's tools tell them by SID.
 */
export function resourceRouter({ kind, collection, key, versions }: ResourceNames): Hono<ApiEnv> {
  const router = new Hono<ApiEnv>().basePath(`/v1/Services/:serviceSid/${collection}`);

  router.get("/", async (context) => {
    const request = await listRequest(context);
    const service = await requireService(context);
    const page = await listResources(context.env.DB, service.sid, kind, request);
    return listResponse(context, key, request, page, (row) => present(context, row));
  });

  router.post("/", async (context) => {
    const { FriendlyName } = await readParameters(context, naming);
    const name = nameOf(context, newSid("ZH"));
    const row = await insertResource(context.env.DB, name, FriendlyName, timestamp());
    return context.json(present(context, found(context, row)), 201);
  });

  router.get("/:resourceSid", async (context) => {
    return context.json(present(context, await requireResource(context, kind)));
  });

  router.post("/:resourceSid", async (context) => {
    const { FriendlyName } = await readParameters(context, naming);
    const name = nameOf(context, context.req.param("resourceSid") ?? "");
    const row = await updateResource(context.env.DB, name, FriendlyName, timestamp());
    return context.json(present(context, found(context, row)));
  });

  router.delete("/:resourceSid", async (context) => {
    const name = nameOf(context, context.req.param("resourceSid") ?? "");
    const deleted = await deleteResource(context.env.DB, name, timestamp());
    if (!deleted) throw requestedNotFound(context);
    return context.body(null, 204);
  });

  function nameOf(context: ApiContext, sid: string): ResourceName {
    return {
      accountSid: context.var.accountSid,
      serviceName: serviceName(context),
      kind,
      sid,
    };
  }

  function present(context: ApiContext, row: ResourceRow): ResourceRepresentation {
    const url = `${context.var.baseUrl}/Services/${row.service_sid}/${collection}/${row.sid}`;
    return {
      sid: row.sid,
      account_sid: row.account_sid,
      service_sid: row.service_sid,
      friendly_name: row.friendly_name,
      date_created: row.date_created,
      date_updated: row.date_updated,
      url,
      links: { [versions]: `${url}/Versions` },
    };
  }

  return router;
}
