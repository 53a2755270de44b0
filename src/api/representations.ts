/**
 * What the API answers, as types alone: the console reads what the handlers write. Names and shapes
 * are Twilio's (contract 1.3); "extension" marks what Twilio does not have.
 */

export type Visibility = "public" | "protected" | "private";

/** Times are ISO 8601, UTC, to the second. */
type Dated = { date_created: string; date_updated: string };

export type ServiceRepresentation = Dated & {
  sid: string;
  account_sid: string;
  friendly_name: string;
  unique_name: string;
  include_credentials: boolean;
  ui_editable: boolean;
  domain_base: string;
  url: string;
  links: { environments: string; functions: string; assets: string; builds: string };
};

export type EnvironmentRepresentation = Dated & {
  sid: string;
  account_sid: string;
  service_sid: string;
  /** Null where nothing is deployed. */
  build_sid: string | null;
  unique_name: string;
  domain_suffix: string | null;
  /** The host that serves it, with its port. */
  domain_name: string;
  url: string;
  links: { variables: string; deployments: string; logs: string };
};

/** Extension: what is known of the bytes. */
type Content = {
  /** Lower-case hexadecimal. */
  content_sha256: string;
  /** Bytes. */
  content_size: number;
  content_type: string;
};

/** Extension: what a client found in a version's bytes, so that it is found once. */
export type VersionFacts = {
  /** By which form of the rules. */
  rules: number;
  /** The media type that the bytes show; null for none known. */
  sniffed: string | null;
  /** EXIF or XMP data: camera, time, software. */
  metadata: boolean;
  /** A position. */
  location: boolean;
  /** How long it plays. */
  seconds: number | null;
  /** Pixels. */
  width: number | null;
  height: number | null;
};

/** Extension. */
export type FactsRepresentation = {
  account_sid: string;
  service_sid: string;
  /** How many versions they were kept with. */
  kept: number;
  url: string;
};

/** Extension: what a change of the draft did. */
export type DraftRepresentation = {
  account_sid: string;
  service_sid: string;
  /** How many assets and functions have another draft. */
  versions: number;
  /** How many were deleted. */
  removed: number;
  url: string;
};

export type AssetVersionRepresentation = Content & {
  sid: string;
  account_sid: string;
  service_sid: string;
  asset_sid: string;
  path: string;
  visibility: Visibility;
  date_created: string;
  /** Extension; null where nobody told. */
  facts: VersionFacts | null;
  url: string;
};

/** A version as a build lists it. */
export type BuildAssetVersion = Omit<AssetVersionRepresentation, "url">;

/** An asset or a function: a name that has versions. */
export type ResourceRepresentation = Dated & {
  sid: string;
  account_sid: string;
  service_sid: string;
  friendly_name: string;
  url: string;
  /** `asset_versions` or `function_versions`. */
  links: Record<string, string>;
};

export type FunctionVersionRepresentation = Omit<Content, "content_type"> & {
  sid: string;
  account_sid: string;
  service_sid: string;
  function_sid: string;
  path: string;
  visibility: Visibility;
  date_created: string;
  url: string;
  links: { function_version_content: string };
};

export type FunctionContentRepresentation = {
  sid: string;
  account_sid: string;
  service_sid: string;
  function_sid: string;
  /** The source. */
  content: string;
  url: string;
};

/** A version as a build lists it. */
export type BuildFunctionVersion = Omit<FunctionVersionRepresentation, "url" | "links">;

export type DependencyRepresentation = { name: string; version: string };

export type BuildStatus = "building" | "completed" | "failed";

/** Extension: why a build failed, or what its author should know. */
export type BuildErrorRepresentation = { message: string; path?: string; line?: number };

export type BuildRepresentation = Dated & {
  sid: string;
  account_sid: string;
  service_sid: string;
  status: BuildStatus;
  asset_versions: BuildAssetVersion[];
  function_versions: BuildFunctionVersion[];
  dependencies: DependencyRepresentation[];
  runtime: string;
  errors: BuildErrorRepresentation[];
  warnings: BuildErrorRepresentation[];
  /** What the dependencies became; empty until the build is completed. */
  resolved_dependencies: { name: string; version: string; integrity: string }[];
  url: string;
  links: { build_status: string };
};

export type BuildStatusRepresentation = {
  sid: string;
  account_sid: string;
  service_sid: string;
  status: BuildStatus;
  errors: BuildErrorRepresentation[];
  warnings: BuildErrorRepresentation[];
  url: string;
};

/** Extension: who deployed, by what, and what that says of it. */
export type DeployerRepresentation = {
  credential: "token" | "key";
  key_sid: string | null;
  /** The key's name when it deployed. */
  key_name: string | null;
  /** The first product of its User-Agent, or what the console says it is. */
  client: string;
  note: string | null;
};

/** Extension: what a deployment changed for callers: how many files, and the paths of the first. */
export type DeploymentChanges = {
  added: number;
  changed: number;
  moved: number;
  removed: number;
  /** Of those that changed or moved, how many more people may fetch than before. */
  exposed: number;
  paths: string[];
};

export type DeploymentRepresentation = Dated & {
  sid: string;
  account_sid: string;
  service_sid: string;
  environment_sid: string;
  /** Null: an un-deployment. */
  build_sid: string | null;
  /** Extension; null for deployments that were made before this was kept. */
  deployed_by: DeployerRepresentation | null;
  /** Extension; null for deployments that were made before this was kept. */
  changes: DeploymentChanges | null;
  url: string;
};

export type VariableRepresentation = Dated & {
  sid: string;
  account_sid: string;
  service_sid: string;
  environment_sid: string;
  key: string;
  /** Null where the stored value can no longer be read. */
  value: string | null;
  url: string;
};

export type LogRepresentation = {
  sid: string;
  account_sid: string;
  service_sid: string;
  environment_sid: string;
  build_sid: string;
  deployment_sid: string;
  /** Null, like `request_sid`, for a line that was written outside of any request. */
  function_sid: string | null;
  request_sid: string | null;
  level: "INFO" | "WARN" | "ERROR";
  message: string;
  date_created: string;
  url: string;
};

/** Extension: a custom domain of an environment. */
export type DomainRepresentation = Dated & {
  sid: string;
  account_sid: string;
  service_sid: string;
  environment_sid: string;
  hostname: string;
  url: string;
};

/** Extension: what answers under a custom domain: this installation, something else, nothing. */
export type DomainAnswer = "here" | "elsewhere" | "none";

export type DomainAnswerRepresentation = {
  account_sid: string;
  domain_sid: string;
  hostname: string;
  answer: DomainAnswer;
  /** The name that a CNAME record of it is to have. */
  cname: string;
  url: string;
};

/** Extension: the installation's limits. */
export type LimitsRepresentation = {
  services_per_account: number;
  environments_per_service: number;
  /** Public and protected together. */
  assets_per_build: number;
  private_assets_per_build: number;
  function_versions_per_build: number;
  /** Bytes of a public or protected asset. */
  asset_bytes: number;
  private_asset_bytes: number;
  /** Bytes of a function's source. */
  function_bytes: number;
  builds_per_hour: number;
  variable_key_characters: number;
  variable_value_bytes: number;
};

/** Extension: what a service holds. */
export type ServiceUsageRepresentation = {
  sid: string;
  unique_name: string;
  environments: number;
  assets: number;
  functions: number;
  builds: number;
  stored_bytes: number;
  /** When the service, a file or what is deployed last changed. */
  date_changed: string;
};

/** Extension: what an account holds, against its limits. */
export type UsageRepresentation = {
  account_sid: string;
  /** Whether it is the operator's account. */
  operator: boolean;
  /** What was presented: a key manages no accounts and keys. */
  credential: "token" | "key";
  limits: LimitsRepresentation;
  usage: { services: number; builds_last_hour: number };
  services: ServiceUsageRepresentation[];
  url: string;
};

/** Extension: an API key; its secret is told once, when it is made. */
export type KeyRepresentation = Dated & {
  sid: string;
  account_sid: string;
  friendly_name: string;
  secret?: string;
  url: string;
};

/** Extension: an account beside the operator's; its token is told once, when it is made. */
export type AccountRepresentation = Dated & {
  sid: string;
  friendly_name: string;
  auth_token?: string;
  url: string;
};

/** Extension: what a rotation tells of an account's tokens. */
export type TokensRepresentation = {
  account_sid: string;
  date_updated: string;
  auth_token?: string;
  secondary_auth_token?: string;
  url: string;
};

export type ErrorRepresentation = {
  code: number;
  message: string;
  more_info: string;
  status: number;
};

export type PageMeta = {
  first_page_url: string;
  key: string;
  next_page_url: string | null;
  page: number;
  page_size: number;
  previous_page_url: string | null;
  url: string;
};

/** Extension: requests of one day, path and status, or of one hour and status. */
type RequestCounts = { status: number; requests: number; errors: number; bytes: number };

/** Extension. */
export type StatisticsRepresentation = {
  account_sid: string;
  service_sid: string;
  environment_sid: string;
  /** `date` is a day, UTC; `path` null where it names no file. Newest first. */
  days: (RequestCounts & { date: string; path: string | null })[];
  /** `date` is when the hour began. */
  hours: (RequestCounts & { date: string })[];
  /** The latest request for each path. */
  last_requests: { path: string; date: string; status: number; caller: string | null }[];
  url: string;
};

/** Extension: the answer to a request that was sent as Twilio sends it. */
export type TestRequestRepresentation = {
  account_sid: string;
  service_sid: string;
  environment_sid: string;
  method: "GET" | "POST";
  path: string;
  status: number;
  content_type: string | null;
  location: string | null;
  /** As text; null where it is larger than is shown. */
  body: string | null;
  /** Milliseconds. */
  duration: number;
  /** RQ…, of a function's call. */
  request_sid: string | null;
  url: string;
};

/** Extension: one request to an asset host, or several that were added up (`count`). */
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
