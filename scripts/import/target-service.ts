import { ApiFailure } from "../deploy/serverless-api.ts";
import { ImportFailure } from "./failure.ts";
import type { Ledger } from "./ledger.ts";
import type { Settings } from "./settings.ts";
import type { Dependency, Kind, SourceEnvironment, SourceService } from "./source-services.ts";
import { change, create, read, readAll, type TargetApi } from "./target-api.ts";

export type TargetService = {
  sid: string;
  unique_name: string;
  friendly_name: string;
  include_credentials: boolean;
  ui_editable: boolean;
  domain_base: string;
};

export type TargetEnvironment = {
  sid: string;
  unique_name: string;
  domain_suffix: string | null;
  domain_name: string;
  build_sid: string | null;
};

export type TargetVersion = {
  sid: string;
  path: string;
  visibility: string;
  content_sha256: string;
  /** Assets alone have one. */
  content_type?: string;
};

export type TargetBuild = {
  sid: string;
  status: string;
  asset_versions: TargetVersion[];
  function_versions: TargetVersion[];
  dependencies: Dependency[] | null;
  runtime: string;
};

/** What the service is called here. */
export function nameHere({ rename }: Settings, uniqueName: string): string {
  return rename.get(uniqueName) ?? uniqueName;
}

/**
 * Returns the service that `service` is copied into, or null where it has to be made. Throws
 * ImportFailure where its name belongs to a service that no import made.
 */
export async function findService(
  api: TargetApi,
  settings: Settings,
  ledger: Ledger,
  { sid, uniqueName }: { sid: string; uniqueName: string },
): Promise<TargetService | null> {
  const name = nameHere(settings, uniqueName);
  const found = await byName(api, name);
  if (!found || settings.intoExisting || ledger.target(sid) === found.sid) return found;
  const environments = await readAll(api, `/Services/${found.sid}/Environments`, "environments");
  // An import that was broken off before it could note what it made.
  if (environments.length === 0) return found;
  throw new ImportFailure(
    `The name "${name}" is taken: ${api.url} has a service of that name, which this import did not\n` +
      `make. Give it another: --rename ${uniqueName}=${name}-2 (or copy into it: --into-existing).`,
  );
}

async function byName(api: TargetApi, name: string): Promise<TargetService | null> {
  try {
    return await read<TargetService>(api, `/Services/${encodeURIComponent(name)}`);
  } catch (error) {
    if (error instanceof ApiFailure && error.status === 404) return null;
    throw error;
  }
}

/** Returns the service that `service` is copied into, made or changed to its settings. */
export async function ensureService(
  api: TargetApi,
  settings: Settings,
  ledger: Ledger,
  service: SourceService,
): Promise<TargetService> {
  const fields = {
    FriendlyName: service.friendlyName,
    IncludeCredentials: String(service.includeCredentials),
    UiEditable: String(service.uiEditable),
  };
  const found = await findService(api, settings, ledger, service);
  const name = nameHere(settings, service.uniqueName);
  const target =
    found ??
    (await create<TargetService>(
      api,
      "/Services",
      new URLSearchParams({ UniqueName: name, ...fields }),
      async () => (await byName(api, name)) ?? undefined,
    ));
  if (ledger.target(service.sid) !== target.sid) {
    ledger.add({ service: service.sid, target: target.sid });
  }
  const same =
    target.friendly_name === service.friendlyName &&
    target.include_credentials === service.includeCredentials &&
    target.ui_editable === service.uiEditable;
  return same ? target : change<TargetService>(api, `/Services/${target.sid}`, fields);
}

/** Returns the environment of the same domain suffix, or undefined. */
export async function findEnvironment(
  api: TargetApi,
  serviceSid: string,
  environment: SourceEnvironment,
): Promise<TargetEnvironment | undefined> {
  const resource = `/Services/${serviceSid}/Environments`;
  return ofSuffix(await readAll(api, resource, "environments"), environment);
}

/** Returns the one of `environments` that has the same domain suffix: a domain has no case. */
export function ofSuffix(
  environments: TargetEnvironment[],
  { domainSuffix }: SourceEnvironment,
): TargetEnvironment | undefined {
  const suffix = domainSuffix?.toLowerCase() ?? null;
  return environments.find((one) => (one.domain_suffix?.toLowerCase() ?? null) === suffix);
}

/** Returns the environment of the same domain suffix, made where there is none. */
export async function ensureEnvironment(
  api: TargetApi,
  serviceSid: string,
  environment: SourceEnvironment,
): Promise<TargetEnvironment> {
  const find = () => findEnvironment(api, serviceSid, environment);
  const body = new URLSearchParams({ UniqueName: environment.uniqueName });
  if (environment.domainSuffix) body.set("DomainSuffix", environment.domainSuffix);
  return (await find()) ?? create(api, `/Services/${serviceSid}/Environments`, body, find);
}

/** What a service holds already. */
export type TargetHoldings = {
  builds: TargetBuild[];
  /** By kind and name: the asset or function that versions of a path belong to. */
  resources: Map<string, string>;
  /** By kind: every version that a build holds, and the newest of each asset and function. */
  versions: Record<Kind, TargetVersion[]>;
  /** Assets and functions whose older versions are among `versions` too. */
  searched: Set<string>;
};

export function resourceKey(kind: Kind, name: string): string {
  return `${kind} ${name}`;
}

/** Reads what the service holds already. */
export async function readHoldings(api: TargetApi, sid: string): Promise<TargetHoldings> {
  const service = `/Services/${sid}`;
  type Named = { sid: string; friendly_name: string };
  const [assets, functions, newestAssets, newestFunctions, builds] = await Promise.all([
    readAll<Named>(api, `${service}/Assets`, "assets"),
    readAll<Named>(api, `${service}/Functions`, "functions"),
    readAll<TargetVersion>(api, `${service}/AssetVersions`, "asset_versions"),
    readAll<TargetVersion>(api, `${service}/FunctionVersions`, "function_versions"),
    readAll<TargetBuild>(api, `${service}/Builds`, "builds"),
  ]);
  return {
    builds,
    resources: new Map([
      ...assets.map((row): [string, string] => [resourceKey("asset", row.friendly_name), row.sid]),
      ...functions.map((row): [string, string] => [
        resourceKey("function", row.friendly_name),
        row.sid,
      ]),
    ]),
    versions: {
      asset: [...builds.flatMap((build) => build.asset_versions), ...newestAssets],
      function: [...builds.flatMap((build) => build.function_versions), ...newestFunctions],
    },
    searched: new Set(),
  };
}
