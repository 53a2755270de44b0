import { Hono } from "hono";
import * as z from "zod";
import { publishEnvironmentRecord } from "../publish/environment-records.ts";
import { timestamp } from "../store/timestamp.ts";
import { openVariable, sealVariable } from "../store/variable-values.ts";
import {
  deleteVariable,
  findVariable,
  insertVariable,
  listVariables,
  updateVariable,
  type VariableName,
  type VariableOutcome,
  type VariableRow,
} from "../store/variables.ts";
import type { ApiContext, ApiEnv } from "./context.ts";
import { conflict, invalid, requestedNotFound } from "./errors.ts";
import type { Limits } from "./limits.ts";
import { listRequest, listResponse } from "./paging.ts";
import { bytes, readParameters, text } from "./parameters.ts";
import { found, requireEnvironment, serviceName } from "./parents.ts";
import type { VariableRepresentation } from "./representations.ts";
import { newSid } from "./sids.ts";

const PATH = "/v1/Services/:serviceSid/Environments/:environmentSid/Variables";

/**
 * All variables of an environment are one value for its functions: at the longest keys and values
 * these are 1.3 of the two megabytes that D1 reads at once, and each change writes them all.
 */
const MAX_VARIABLES = 1_000;

/** Values are sealed at rest and returned in clear (contract 1.3). */
export const variables = new Hono<ApiEnv>().basePath(PATH);

function parameters(limits: Limits) {
  return z.object({
    Key: text(limits.variable_key_characters),
    Value: bytes(limits.variable_value_bytes),
  });
}

variables.get("/", async (context) => {
  const request = await listRequest(context);
  const environment = await requireEnvironment(context);
  const page = await listVariables(context.env.DB, environment.sid, request);
  const opened = await Promise.all(page.rows.map((row) => open(context, row)));
  return listResponse(context, "variables", request, { ...page, rows: opened }, (row) =>
    present(context, row),
  );
});

variables.post("/", async (context) => {
  const { Key, Value } = await readParameters(context, parameters(context.var.limits));
  const name = variableName(context, newSid("ZV"));
  const value = await sealed(context, name.sid, Value);
  const variable = { key: Key, value, date: timestamp() };
  const outcome = await insertVariable(context.env.DB, name, variable, MAX_VARIABLES);
  if (outcome === null) {
    await requireEnvironment(context);
    throw invalid(
      `Variables are limited to less than or equal to ${MAX_VARIABLES} in an Environment`,
    );
  }
  const row = written(context, Key, outcome);
  await publishEnvironmentRecord(context.env, context.var.published, name.environmentSid);
  return context.json(present(context, await open(context, row)), 201);
});

variables.get("/:sid", async (context) => {
  const name = variableName(context, context.req.param("sid"));
  const row = found(context, await findVariable(context.env.DB, name));
  return context.json(present(context, await open(context, row)));
});

variables.post("/:sid", async (context) => {
  const schema = parameters(context.var.limits).partial();
  const { Key, Value } = await readParameters(context, schema);
  const name = variableName(context, context.req.param("sid"));
  const value = Value === undefined ? undefined : await sealed(context, name.sid, Value);
  const change = { key: Key, value, date: timestamp() };
  const row = written(context, Key ?? "", await updateVariable(context.env.DB, name, change));
  await publishEnvironmentRecord(context.env, context.var.published, name.environmentSid);
  return context.json(present(context, await open(context, row)));
});

variables.delete("/:sid", async (context) => {
  const name = variableName(context, context.req.param("sid"));
  if (!(await deleteVariable(context.env.DB, name))) throw requestedNotFound(context);
  await publishEnvironmentRecord(context.env, context.var.published, name.environmentSid);
  return context.body(null, 204);
});

function variableName(context: ApiContext, sid: string): VariableName {
  return {
    accountSid: context.var.accountSid,
    serviceName: serviceName(context),
    environmentSid: context.req.param("environmentSid") ?? "",
    sid,
  };
}

function written(context: ApiContext, key: string, outcome: VariableOutcome): VariableRow {
  if (outcome === "duplicate") throw conflict(`Variable with Key ${key} already exists`);
  return found(context, outcome);
}

function sealed(context: ApiContext, sid: string, value: string): Promise<string> {
  return sealVariable(sid, value, context.env.ENCRYPTION_KEY);
}

type OpenVariable = Omit<VariableRow, "value"> & { value: string | null };

/** A value sealed with another ENCRYPTION_KEY is null: the rest can still be read, and set again. */
async function open(context: ApiContext, row: VariableRow): Promise<OpenVariable> {
  const value = await openVariable(row, context.env.ENCRYPTION_KEY, context.var.requestId);
  return { ...row, value };
}

function present(context: ApiContext, row: OpenVariable): VariableRepresentation {
  const environment = `Services/${row.service_sid}/Environments/${row.environment_sid}`;
  return {
    sid: row.sid,
    account_sid: row.account_sid,
    service_sid: row.service_sid,
    environment_sid: row.environment_sid,
    key: row.key,
    value: row.value,
    date_created: row.date_created,
    date_updated: row.date_updated,
    url: `${context.var.baseUrl}/${environment}/Variables/${row.sid}`,
  };
}
