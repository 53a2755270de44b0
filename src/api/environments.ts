import { Hono } from "hono";
import * as z from "zod";
import { domainName } from "../publish/hostnames.ts";
import { withdrawDeleted } from "../publish/withdraw.ts";
import { isOrphan } from "../store/constraints.ts";
import {
  deleteEnvironment,
  type EnvironmentInsertion,
  type EnvironmentRow,
  insertEnvironment,
  listEnvironments,
  type NewEnvironment,
} from "../store/environments.ts";
import { timestamp } from "../store/timestamp.ts";
import type { ApiContext, ApiEnv } from "./context.ts";
import { environmentLabel } from "./domain-names.ts";
import { conflict, invalid, requestedNotFound } from "./errors.ts";
import { listRequest, listResponse } from "./paging.ts";
import { readParameters, text } from "./parameters.ts";
import { found, requireEnvironment, requireService } from "./parents.ts";
import type { EnvironmentRepresentation } from "./representations.ts";
import { newSid } from "./sids.ts";

/** The toolkit sends `DomainSuffix` only where it has one; empty means none too (contract 1.2). */
const creation = z.object({ UniqueName: text(100), DomainSuffix: text(16, 0).optional() });

export const environments = new Hono<ApiEnv>().basePath("/v1/Services/:serviceSid/Environments");

environments.get("/", async (context) => {
  const request = await listRequest(context);
  const service = await requireService(context);
  const page = await listEnvironments(context.env.DB, service.sid, request);
  return listResponse(context, "environments", request, page, (row) => present(context, row));
});

environments.post("/", async (context) => {
  const { UniqueName, DomainSuffix } = await readParameters(context, creation);
  const service = await requireService(context);
  const domainSuffix = DomainSuffix || null;
  const label = environmentLabel(service.domain_base, domainSuffix);
  if (!label.ok) throw invalid(`Invalid parameter DomainSuffix: ${label.reason}`);
  const inserted = await insert(context, {
    sid: newSid("ZE"),
    accountSid: context.var.accountSid,
    serviceSid: service.sid,
    uniqueName: UniqueName,
    domainSuffix,
    domainLabel: label.label,
    date: timestamp(),
  });
  if (inserted.ok) return context.json(present(context, inserted.environment), 201);
  switch (inserted.reason) {
    case "duplicate-name":
      throw conflict(`Environment with UniqueName ${UniqueName} already exists`);
    case "duplicate-domain":
      throw conflict(
        domainSuffix === null
          ? "An Environment without DomainSuffix already exists in this Service"
          : `An Environment with DomainSuffix ${domainSuffix} already exists in this Service`,
      );
    case "limit": {
      const limit = context.var.limits.environments_per_service;
      throw invalid(`Environments are limited to less than or equal to ${limit} in a Service`);
    }
  }
});

/** Adds `environment`; 404 where its service was deleted meanwhile. */
async function insert(
  context: ApiContext,
  environment: NewEnvironment,
): Promise<EnvironmentInsertion> {
  try {
    const limit = context.var.limits.environments_per_service;
    return await insertEnvironment(context.env.DB, environment, limit);
  } catch (error) {
    if (isOrphan(error)) throw requestedNotFound(context);
    throw error;
  }
}

environments.get("/:environmentSid", async (context) => {
  return context.json(present(context, await requireEnvironment(context)));
});

environments.delete("/:environmentSid", async (context) => {
  const { DB } = context.env;
  const { serviceSid, environmentSid } = context.req.param();
  const deleted = found(
    context,
    await deleteEnvironment(DB, context.var.accountSid, serviceSid, environmentSid),
  );
  await withdrawDeleted(context.env, context.var.published, deleted);
  return context.body(null, 204);
});

function present(context: ApiContext, row: EnvironmentRow): EnvironmentRepresentation {
  const url = `${context.var.baseUrl}/Services/${row.service_sid}/Environments/${row.sid}`;
  return {
    sid: row.sid,
    account_sid: row.account_sid,
    service_sid: row.service_sid,
    build_sid: row.build_sid,
    unique_name: row.unique_name,
    domain_suffix: row.domain_suffix,
    domain_name: domainName(row.domain_label, context.env.BASE_DOMAIN),
    date_created: row.date_created,
    date_updated: row.date_updated,
    url,
    links: {
      variables: `${url}/Variables`,
      deployments: `${url}/Deployments`,
      logs: `${url}/Logs`,
    },
  };
}
