import type { Visibility } from "../deploy/toolkit-folder.ts";
import { ImportFailure } from "./failure.ts";
import { inParallel } from "./in-parallel.ts";
import { type SourceApi, sourceFailure } from "./source-api.ts";

export type Kind = "asset" | "function";

export type SourceVersion = {
  kind: Kind;
  /** ZN…: what it names never changes. */
  sid: string;
  /** The asset or function it is a version of. */
  resourceSid: string;
  path: string;
  visibility: Visibility;
};

export type Dependency = { name: string; version: string };

export type SourceBuild = {
  sid: string;
  versions: SourceVersion[];
  dependencies: Dependency[];
  runtime: string;
};

export type SourceVariable = { key: string; value: string | null };

export type SourceEnvironment = {
  sid: string;
  uniqueName: string;
  domainSuffix: string | null;
  domainName: string;
  /** What it serves; null where nothing is deployed. */
  build: SourceBuild | null;
  variables: SourceVariable[];
};

export type SourceService = {
  sid: string;
  uniqueName: string;
  friendlyName: string;
  includeCredentials: boolean;
  uiEditable: boolean;
  environments: SourceEnvironment[];
};

export type ServiceName = { sid: string; uniqueName: string };

const AT_ONCE = 4;

/** Returns the names of all services of the account. Throws ImportFailure. */
export async function listServices(api: SourceApi): Promise<ServiceName[]> {
  try {
    const services = await api.serverless.v1.services.list({ pageSize: 100 });
    return services.map(({ sid, uniqueName }) => ({ sid, uniqueName }));
  } catch (error) {
    throw sourceFailure(error, "the list of services", api.accountSid);
  }
}

/** Reads a service and what each of its environments serves. Throws ImportFailure. */
export async function readService(api: SourceApi, { sid, uniqueName }: ServiceName) {
  try {
    const service = api.serverless.v1.services(sid);
    const { friendlyName, includeCredentials, uiEditable } = await service.fetch();
    const environments = await service.environments.list({ pageSize: 100 });
    const builds = new Map<string, Promise<SourceBuild>>();
    return {
      ...{ sid, uniqueName, friendlyName, includeCredentials, uiEditable },
      environments: await inParallel(environments, AT_ONCE, async (environment) => {
        const { buildSid } = environment;
        if (buildSid && !builds.has(buildSid)) builds.set(buildSid, readBuild(api, sid, buildSid));
        const variables = await service
          .environments(environment.sid)
          .variables.list({ pageSize: 100 });
        return {
          sid: environment.sid,
          uniqueName: environment.uniqueName,
          domainSuffix: environment.domainSuffix || null,
          domainName: environment.domainName,
          build: buildSid ? ((await builds.get(buildSid)) ?? null) : null,
          variables: variables.map(({ key, value }) => ({ key, value })),
        };
      }),
    } satisfies SourceService;
  } catch (error) {
    throw sourceFailure(error, `the service ${uniqueName}`, api.accountSid);
  }
}

async function readBuild(api: SourceApi, serviceSid: string, sid: string): Promise<SourceBuild> {
  const build = await api.serverless.v1.services(serviceSid).builds(sid).fetch();
  const { assetVersions, functionVersions, dependencies, runtime } = build;
  return {
    sid,
    versions: [
      ...(assetVersions ?? []).map((version) => readVersion("asset", version)),
      ...(functionVersions ?? []).map((version) => readVersion("function", version)),
    ],
    dependencies: (dependencies ?? []).map(({ name, version }) => ({ name, version })),
    runtime,
  };
}

// biome-ignore lint/suspicious/noExplicitAny: Twilio's package gives what a build holds no type.
function readVersion(kind: Kind, version: any): SourceVersion {
  return {
    kind,
    sid: version.sid,
    resourceSid: version[`${kind}_sid`],
    path: version.path,
    // Twilio's document shows it in upper case, its answers are in lower case (contract 1.3).
    visibility: String(version.visibility).toLowerCase() as Visibility,
  };
}

/** Returns what the environment serves now: the SID of a build, or null. Throws ImportFailure. */
export async function currentBuild(
  api: SourceApi,
  service: ServiceName,
  environmentSid: string,
): Promise<string | null> {
  try {
    const found = api.serverless.v1.services(service.sid).environments(environmentSid);
    return (await found.fetch()).buildSid || null;
  } catch (error) {
    throw sourceFailure(error, `an environment of ${service.uniqueName}`, api.accountSid);
  }
}

/** Returns the source of a function. Throws ImportFailure. */
export async function functionSource(
  api: SourceApi,
  serviceSid: string,
  { path, resourceSid, sid }: SourceVersion,
): Promise<string> {
  try {
    const version = api.serverless.v1
      .services(serviceSid)
      .functions(resourceSid)
      .functionVersions(sid);
    return (await version.functionVersionContent().fetch()).content;
  } catch (error) {
    throw sourceFailure(error, `the function ${path}`, api.accountSid);
  }
}

/** Returns the services that `wanted` names, by name or SID; all where it is null. */
export function chooseServices(all: ServiceName[], wanted: string[] | null): ServiceName[] {
  if (wanted === null) return all;
  return [...new Set(wanted)].map((name) => {
    const found = all.find(({ sid, uniqueName }) => name === sid || name === uniqueName);
    if (found) return found;
    const names = all.map(({ uniqueName }) => uniqueName).join(", ");
    throw new ImportFailure(
      `There is no service "${name}" in this account at Twilio. ` +
        (names === "" ? "It has none." : `It has: ${names}.`),
    );
  });
}
