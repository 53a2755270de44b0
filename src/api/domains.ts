import { Hono } from "hono";
import * as z from "zod";
import { manifestHostname } from "../publish/hostnames.ts";
import { project } from "../publish/projection.ts";
import {
  type DomainRow,
  deleteDomain,
  findDomain,
  insertDomain,
  listDomains,
} from "../store/domains.ts";
import { timestamp } from "../store/timestamp.ts";
import type { ApiContext, ApiEnv } from "./context.ts";
import { customHostname } from "./custom-hostname.ts";
import { answerOf } from "./domain-answer.ts";
import { conflict, invalid } from "./errors.ts";
import { listRequest, listResponse } from "./paging.ts";
import { readParameters, text } from "./parameters.ts";
import { found, requireEnvironment } from "./parents.ts";
import type { DomainAnswerRepresentation, DomainRepresentation } from "./representations.ts";
import { newSid } from "./sids.ts";

const MAX_DOMAINS = 20;

const creation = z.object({ Hostname: text(253) });

/**
 * `…/Environments/{ZE}/Domains`, beyond Twilio: the environment's deployment under hostnames of its
 * owner, each registered once in the whole installation.
 */
export const domains = new Hono<ApiEnv>().basePath(
  "/v1/Services/:serviceSid/Environments/:environmentSid/Domains",
);

domains.get("/", async (context) => {
  const request = await listRequest(context);
  const environment = await requireEnvironment(context);
  const page = await listDomains(context.env.DB, environment.sid, request);
  return listResponse(context, "domains", request, page, (row) => present(context, row));
});

domains.post("/", async (context) => {
  const { Hostname } = await readParameters(context, creation);
  const environment = await requireEnvironment(context);
  const custom = customHostname(Hostname, context.env.BASE_DOMAIN);
  if (!custom.ok) throw invalid(`Invalid parameter Hostname: ${custom.reason}`);
  const { hostname } = custom;
  const domain = { sid: newSid("DM"), environmentSid: environment.sid, hostname };
  const inserted = await insertDomain(
    context.env.DB,
    { ...domain, date: timestamp() },
    MAX_DOMAINS,
  );
  if (inserted.ok) {
    await project(context.env, context.var.published, [hostname]);
    return context.json(present(context, inserted.domain), 201);
  }
  if (inserted.reason === "taken") throw conflict(`The Hostname ${hostname} is registered already`);
  // The limit, unless the environment was deleted meanwhile.
  await requireEnvironment(context);
  throw invalid(`Domains are limited to less than or equal to ${MAX_DOMAINS} in an Environment`);
});

domains.get("/:domainSid", async (context) => {
  const environment = await requireEnvironment(context);
  const sid = context.req.param("domainSid");
  const row = await findDomain(context.env.DB, environment.sid, sid);
  return context.json(present(context, found(context, row)));
});

domains.get("/:domainSid/Answer", async (context) => {
  const environment = await requireEnvironment(context);
  const sid = context.req.param("domainSid");
  const row = found(context, await findDomain(context.env.DB, environment.sid, sid));
  const { url, account_sid, hostname } = present(context, row);
  return context.json({
    account_sid,
    domain_sid: row.sid,
    hostname,
    answer: await answerOf(hostname),
    cname: manifestHostname(environment.domain_label, context.env.BASE_DOMAIN),
    url: `${url}/Answer`,
  } satisfies DomainAnswerRepresentation);
});

domains.delete("/:domainSid", async (context) => {
  const environment = await requireEnvironment(context);
  const sid = context.req.param("domainSid");
  const row = found(context, await deleteDomain(context.env.DB, environment.sid, sid));
  await project(context.env, context.var.published, [row.hostname]);
  return context.body(null, 204);
});

function present(context: ApiContext, row: DomainRow): DomainRepresentation {
  const { baseUrl } = context.var;
  const environment = `${baseUrl}/Services/${row.service_sid}/Environments/${row.environment_sid}`;
  return {
    sid: row.sid,
    account_sid: row.account_sid,
    service_sid: row.service_sid,
    environment_sid: row.environment_sid,
    hostname: row.hostname,
    date_created: row.date_created,
    date_updated: row.date_updated,
    url: `${environment}/Domains/${row.sid}`,
  };
}
