import type { PageQuery } from "../activity/page.ts";
import type { Owner } from "../activity/representation.ts";
import type { EnvironmentRow } from "../store/environments.ts";
import type { ApiContext } from "./context.ts";
import type { ListRequest } from "./paging.ts";

/** The object that keeps an environment's activity; the environment must be the account's. */
export function activityOf(context: ApiContext, { sid }: Pick<EnvironmentRow, "sid">) {
  return context.env.ACTIVITY.getByName(sid);
}

/** A list's page, as the object is asked for it. */
export function pageOf({ size, after, before, offset }: ListRequest): PageQuery {
  return {
    ...{ size, offset },
    ...(after === undefined ? {} : { after }),
    ...(before === undefined ? {} : { before }),
  };
}

/** Whose activity it is, and where its URLs begin. */
export function ownerOf(context: ApiContext, environment: EnvironmentRow): Owner {
  const { account_sid, service_sid, sid } = environment;
  const environment_url = `${context.var.baseUrl}/Services/${service_sid}/Environments/${sid}`;
  return { account_sid, service_sid, environment_sid: sid, environment_url };
}
