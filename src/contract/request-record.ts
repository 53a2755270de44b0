import type { LogRecord } from "./log-record.ts";
import type { ManifestVisibility } from "./manifest.ts";

/** Whose fetch a User-Agent says it is: a claim, which anybody can make. */
export type Caller = "twilio" | "browser" | "curl" | "other" | "unnamed";

/** None came; it was not looked at, as nothing is protected; it was good; it was refused. */
export type SignatureFact = "none" | "unchecked" | "valid" | "refused";

/**
 * One request to an asset host, or several that were added up, as its owner may read it. Never a
 * signature, a header, a body, a query's values or an address.
 */
export type RequestRecord = {
  /** What X-Request-Id says in an error; several added up have a name of their own. */
  id: string;
  /** Requests that this stands for. */
  count: number;
  /** Milliseconds since 1970; of several, the minute that they are of. */
  time: number;
  /** Null for several. */
  method: string | null;
  /** As received, cut. */
  path: string;
  queryNames: string[];
  status: number;
  /** Why not 2xx or 3xx, in a word; docs/api.md lists them. */
  reason: string | null;
  kind: "asset" | "function" | null;
  /** ZN… of an asset's version, ZH… of a function. */
  sid: string | null;
  visibility: ManifestVisibility | null;
  signature: SignatureFact | null;
  /** Bytes of the answer's body, and of the whole asset; null where nobody counted. */
  bytes: number | null;
  size: number | null;
  /** `first-last` of a 206. */
  range: string | null;
  source: "memory" | "cache" | "bucket" | null;
  /** Milliseconds until the answer began. */
  duration: number;
  caller: Caller | null;
  /** Two letters; the data centre's three. */
  country: string | null;
  colo: string | null;
  deployment: string | null;
  build: string | null;
  /** RQ…: what the function's log lines are filed under. */
  functionRequest: string | null;
};

/** What one isolate has seen of one environment in a second. */
export type RequestBatch = {
  environment: string;
  records: RequestRecord[];
  /** What the gateway itself says of calls of functions: lines of their log. */
  lines?: LogRecord[];
};
