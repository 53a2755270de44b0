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

/** One request to an asset host, or several that were added up (`count`). */
export type RequestRepresentation = {
  sid: string;
  account_sid: string;
  service_sid: string;
  environment_sid: string;
  deployment_sid: string | null;
  build_sid: string | null;
  /** Requests that this stands for; of more than one, only path, status, reason, bytes and file. */
  count: number;
  method: string | null;
  path: string;
  query_names: string[];
  status: number;
  reason: string | null;
  /** The reason in words. */
  reason_text: string | null;
  /** What its owner can do about it. */
  advice: string | null;
  asset_version_sid: string | null;
  function_sid: string | null;
  visibility: "public" | "protected" | null;
  signature: "none" | "unchecked" | "valid" | "refused" | null;
  bytes_sent: number | null;
  asset_size: number | null;
  range: string | null;
  source: "memory" | "cache" | "bucket" | null;
  /** Milliseconds. */
  duration: number;
  /** Who the User-Agent says it is. */
  caller: "twilio" | "browser" | "curl" | "other" | "unnamed" | null;
  country: string | null;
  data_center: string | null;
  /** RQ…: `Logs?RequestSid=` lists what the function wrote. */
  request_sid: string | null;
  /** ISO 8601, UTC, with milliseconds. */
  date_created: string;
  url: string;
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
