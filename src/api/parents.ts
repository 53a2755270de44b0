import { findService, type ServiceRow } from "../store/services.ts";
import type { ApiContext } from "./context.ts";
import { requestedNotFound } from "./errors.ts";

/** Returns the service that `:serviceSid` names (SID or unique name); 404 for what is not the account's. */
export async function requireService(context: ApiContext): Promise<ServiceRow> {
  const name = context.req.param("serviceSid") ?? "";
  const service = await findService(context.env.DB, context.var.accountSid, name);
  if (!service) throw requestedNotFound(context);
  return service;
}
