import { Hono } from "hono";
import * as z from "zod";
import { publishServiceRecords } from "../publish/environment-records.ts";
import { withdrawDeleted } from "../publish/withdraw.ts";
import {
  deleteService,
  findService,
  insertService,
  listServices,
  type ServiceRow,
  updateService,
} from "../store/services.ts";
import { timestamp } from "../store/timestamp.ts";
import type { ApiContext, ApiEnv } from "./context.ts";
import { domainBases, serviceLabel } from "./domain-names.ts";
import { conflict, invalid, unauthorized } from "./errors.ts";
import { listRequest, listResponse } from "./paging.ts";
import { boolean, readParameters, text } from "./parameters.ts";
import { found } from "./parents.ts";
import type { ServiceRepresentation } from "./representations.ts";
import { isSid, newSid } from "./sids.ts";

/** How many four-digit endings are tried for a free domain. */
const DOMAIN_CANDIDATES = 20;

const creation = z.object({
  UniqueName: text(50),
  FriendlyName: text(255),
  IncludeCredentials: boolean().default(true),
  UiEditable: boolean().default(false),
});

const change = z.object({
  FriendlyName: text(255).optional(),
  IncludeCredentials: boolean().optional(),
  UiEditable: boolean().optional(),
});

/** `/v1/Services` (contract 1.2): `{Sid}` may be the unique name too. */
export const services = new Hono<ApiEnv>().basePath("/v1/Services");

services.get("/", async (context) => {
  const request = await listRequest(context);
  const page = await listServices(context.env.DB, context.var.accountSid, request);
  return listResponse(context, "services", request, page, (row) => present(context, row));
});

services.post("/", async (context) => {
  const parameters = await readParameters(context, creation);
  if (isSid(parameters.UniqueName, "ZS")) {
    throw invalid("Invalid parameter UniqueName: it must not have the form of a Service SID");
  }
  const base = serviceLabel(parameters.UniqueName);
  if (!base.ok) throw invalid(`Invalid parameter UniqueName: ${base.reason}`);
  const { accountSid, limits } = context.var;
  const limit = limits.services_per_account;
  const inserted = await insertService(
    context.env.DB,
    {
      sid: newSid("ZS"),
      accountSid,
      uniqueName: parameters.UniqueName,
      friendlyName: parameters.FriendlyName,
      includeCredentials: parameters.IncludeCredentials,
      uiEditable: parameters.UiEditable,
      domainBases: domainBases(base.label, DOMAIN_CANDIDATES),
      date: timestamp(),
    },
    limit,
    context.env.TWILIO_ACCOUNT_SID,
  );
  if (inserted.ok) return context.json(present(context, inserted.service), 201);
  const { UniqueName } = parameters;
  switch (inserted.reason) {
    case "account-gone":
      throw unauthorized();
    case "limit":
      throw invalid(`Services are limited to less than or equal to ${limit}`);
    case "duplicate":
      throw conflict(`Service with UniqueName ${UniqueName} already exists`);
    case "no-domain":
      throw conflict(`No domain name is free for UniqueName ${UniqueName}: choose another`);
  }
});

services.get("/:sid", async (context) => {
  const row = await findService(context.env.DB, context.var.accountSid, context.req.param("sid"));
  return context.json(present(context, found(context, row)));
});

services.post("/:sid", async (context) => {
  const parameters = await readParameters(context, change);
  const row = await updateService(
    context.env.DB,
    context.var.accountSid,
    context.req.param("sid"),
    {
      friendlyName: parameters.FriendlyName,
      includeCredentials: parameters.IncludeCredentials,
      uiEditable: parameters.UiEditable,
      date: timestamp(),
    },
  );
  const service = found(context, row);
  if (parameters.IncludeCredentials !== undefined) {
    await publishServiceRecords(context.env, context.var.published, service.sid);
  }
  return context.json(present(context, service));
});

services.delete("/:sid", async (context) => {
  const { DB } = context.env;
  const name = context.req.param("sid");
  const deleted = found(
    context,
    await deleteService(DB, context.var.accountSid, name, timestamp()),
  );
  await withdrawDeleted(context.env, context.var.published, deleted);
  return context.body(null, 204);
});

function present(context: ApiContext, row: ServiceRow): ServiceRepresentation {
  const url = `${context.var.baseUrl}/Services/${row.sid}`;
  return {
    sid: row.sid,
    account_sid: row.account_sid,
    friendly_name: row.friendly_name,
    unique_name: row.unique_name,
    include_credentials: row.include_credentials === 1,
    ui_editable: row.ui_editable === 1,
    domain_base: row.domain_base,
    date_created: row.date_created,
    date_updated: row.date_updated,
    url,
    links: {
      environments: `${url}/Environments`,
      functions: `${url}/Functions`,
      assets: `${url}/Assets`,
      builds: `${url}/Builds`,
    },
  };
}
