import { Hono } from "hono";
import * as z from "zod";
import type { DeploymentSids } from "../contract/log-record.ts";
import { publishEnvironmentRecord } from "../publish/environment-records.ts";
import { environmentHostnames } from "../publish/hostnames.ts";
import { logWarnings } from "../publish/log-warnings.ts";
import { project } from "../publish/projection.ts";
import {
  type DeploymentRow,
  type EnvironmentNames,
  findDeployment,
  insertDeployment,
  listDeployments,
} from "../store/deployments.ts";
import { timestamp } from "../store/timestamp.ts";
import type { ApiContext, ApiEnv } from "./context.ts";
import { conflict, invalid, requestedNotFound } from "./errors.ts";
import { listRequest, listResponse } from "./paging.ts";
import { boolean, readParameters, sid, text } from "./parameters.ts";
import { found, requireEnvironment, serviceName } from "./parents.ts";
import type { DeploymentRepresentation } from "./representations.ts";
import { newSid } from "./sids.ts";

const creation = z.object({
  /** Missing: un-deploy. Empty is an error, so that a forgotten value takes no site down. */
  BuildSid: sid("ZB").optional(),
  /** Says who deploys, and means nothing here. */
  IsPlugin: boolean().optional(),
  /** Beyond Twilio: what the deployer says of it, for the history. */
  Note: text(100).optional(),
});

/** Milliseconds that a deployment waits for a build that is still being made. */
const PATIENCE = 10_000;

/** `…/Environments/{ZE}/Deployments` (contract 1.2); none is ever deleted. */
export const deployments = new Hono<ApiEnv>().basePath(
  "/v1/Services/:serviceSid/Environments/:environmentSid/Deployments",
);

deployments.get("/", async (context) => {
  const request = await listRequest(context);
  const environment = await requireEnvironment(context);
  const page = await listDeployments(context.env.DB, environment.sid, request);
  return listResponse(context, "deployments", request, page, (row) => present(context, row));
});

deployments.post("/", async (context) => {
  const { BuildSid: buildSid = null, Note: note = null } = await readParameters(context, creation);
  const { key } = context.var;
  const deployment = {
    sid: newSid("ZD"),
    accountSid: context.var.accountSid,
    serviceName: serviceName(context),
    environmentSid: context.req.param("environmentSid") ?? "",
    buildSid,
    deployer: {
      credential: key?.sid ?? "token",
      credentialName: key?.name ?? null,
      client: clientOf(context.req.header("User-Agent")),
      note,
    },
    date: timestamp(),
  };
  const insert = () => insertDeployment(context.env.DB, deployment);
  let inserted = await insert();
  if (!inserted.ok && inserted.reason === "not-completed" && inserted.status === "building") {
    await context.env.BUILDS.getByName(buildSid ?? "").ended(PATIENCE);
    inserted = await insert();
  }
  if (inserted.ok) {
    await publish(context, inserted.names);
    context.executionCtx.waitUntil(
      logWarnings(context.env, sidsOf(inserted.deployment), inserted.warnings),
    );
    return context.json(present(context, inserted.deployment), 201);
  }
  switch (inserted.reason) {
    case "no-such-environment":
      throw requestedNotFound(context);
    case "no-such-build":
      throw invalid(`Invalid parameter BuildSid: ${buildSid} was not found in this Service`);
    case "not-completed":
      throw invalid(
        `Invalid parameter BuildSid: ${buildSid} is ${inserted.status}; only a completed Build can be deployed`,
      );
    case "same-build":
      // A client that repeats what was cut short after D1 had it finds it done then.
      await publish(context, inserted.names);
      throw conflict("Environment already has requested deployment.");
  }
});

function sidsOf(row: DeploymentRow): DeploymentSids {
  return {
    accountSid: row.account_sid,
    serviceSid: row.service_sid,
    environmentSid: row.environment_sid,
    deploymentSid: row.sid,
    buildSid: row.build_sid ?? "",
  };
}

/** Makes KV follow. */
async function publish(context: ApiContext, names: EnvironmentNames): Promise<void> {
  const { env, var: variables } = context;
  const environmentSid = context.req.param("environmentSid") ?? "";
  const hostnames = environmentHostnames(names, env.BASE_DOMAIN);
  // What functions run with stands there before anything can call them.
  await publishEnvironmentRecord(env, variables.published, environmentSid);
  await project(env, variables.published, hostnames);
}

deployments.get("/:deploymentSid", async (context) => {
  const environment = await requireEnvironment(context);
  const row = await findDeployment(
    context.env.DB,
    environment.sid,
    context.req.param("deploymentSid"),
  );
  return context.json(present(context, found(context, row)));
});

function present(context: ApiContext, row: DeploymentRow): DeploymentRepresentation {
  const { baseUrl } = context.var;
  const environment = `${baseUrl}/Services/${row.service_sid}/Environments/${row.environment_sid}`;
  return {
    sid: row.sid,
    account_sid: row.account_sid,
    service_sid: row.service_sid,
    environment_sid: row.environment_sid,
    build_sid: row.build_sid,
    deployed_by:
      row.credential === null
        ? null
        : {
            credential: row.credential === "token" ? "token" : "key",
            key_sid: row.credential === "token" ? null : row.credential,
            key_name: row.credential_name,
            client: row.client ?? "",
            note: row.note,
          },
    changes: row.changes === null ? null : JSON.parse(row.changes),
    date_created: row.date_created,
    date_updated: row.date_updated,
    url: `${environment}/Deployments/${row.sid}`,
  };
}

/** The first product of a User-Agent (RFC 9110 10.1.5), as far as it is worth keeping. */
function clientOf(userAgent: string | undefined): string {
  return (/^[!-~]+/.exec(userAgent ?? "")?.[0] ?? "").slice(0, 60);
}
