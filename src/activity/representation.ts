import type { RequestRepresentation } from "../api/representations.ts";
import { describeReason } from "./reasons.ts";
import type { RequestRow } from "./requests.ts";

/** Whose requests they are, and what their URLs begin with. */
export type Owner = {
  account_sid: string;
  service_sid: string;
  environment_sid: string;
  /** `…/Environments/{ZE}`. */
  environment_url: string;
};

/** Returns a request as the API shows it. */
export function requestRepresentation(row: RequestRow, owner: Owner): RequestRepresentation {
  const { environment_url, ...sids } = owner;
  const described = describeReason(row.reason, row.status);
  return {
    sid: row.id,
    ...sids,
    deployment_sid: row.deployment,
    build_sid: row.build,
    count: row.count,
    method: row.method,
    path: row.path,
    query_names: row.queryNames,
    status: row.status,
    reason: row.reason,
    reason_text: described?.text ?? null,
    advice: described?.advice ?? null,
    asset_version_sid: row.kind === "asset" ? row.sid : null,
    function_sid: row.kind === "function" ? row.sid : null,
    visibility: row.visibility,
    signature: row.signature,
    bytes_sent: row.bytes,
    asset_size: row.size,
    range: row.range,
    source: row.source,
    duration: row.duration,
    caller: row.caller,
    country: row.country,
    data_center: row.colo,
    request_sid: row.functionRequest,
    date_created: new Date(row.time).toISOString(),
    url: `${environment_url}/Requests/${row.id}`,
  };
}
