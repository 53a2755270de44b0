import { type EnvironmentRow, findEnvironment } from "../store/environments.ts";
import { findResource, type ResourceKind, type ResourceRow } from "../store/resources.ts";
import { findService, type ServiceRow } from "../store/services.ts";
import type { ApiContext } from "./context.ts";
import { requestedNotFound } from "./errors.ts";

/** Returns the service that `:serviceSid` names (SID or unique name); 404 for what is not the account's. */
export async function requireService(context: ApiContext): Promise<ServiceRow> {
  const { accountSid } = context.var;
  return found(context, await findService(context.env.DB, accountSid, serviceName(context)));
}

/** Returns the environment that `:environmentSid` names in that service, in one query; else 404. */
export async function requireEnvironment(context: ApiContext): Promise<EnvironmentRow> {
  const { accountSid } = context.var;
  const sid = context.req.param("environmentSid") ?? "";
  return found(
    context,
    await findEnvironment(context.env.DB, accountSid, serviceName(context), sid),
  );
}

/** Returns the asset or function that `:resourceSid` names in that service, in one query; else 404. */
export async function requireResource(
  context: ApiContext,
  kind: ResourceKind,
): Promise<ResourceRow> {
  const name = {
    accountSid: context.var.accountSid,
    serviceName: serviceName(context),
    kind,
    sid: context.req.param("resourceSid") ?? "",
  };
  return found(context, await findResource(context.env.DB, name));
}

/** What the path calls the service. */
export function serviceName(context: ApiContext): string {
  return context.req.param("serviceSid") ?? "";
}

/** Returns `row`, or throws the 404 of the resource that the path names. */
export function found<Row>(context: ApiContext, row: Row | null): Row {
  if (row === null) throw requestedNotFound(context);
  return row;
}
