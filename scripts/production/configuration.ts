import { writeFileSync } from "node:fs";
import type { experimental_readRawConfig } from "wrangler";
import type { DeploySettings } from "./settings.ts";

export type RawConfiguration = ReturnType<typeof experimental_readRawConfig>["rawConfig"];

/** What Cloudflare calls the stores that wrangler.toml names. */
export type StoreIds = { namespace: string; database: string };

/** The names of the stores, all in wrangler.toml but the namespace's, and the ids that stand there. */
export type StoreNames = { namespace: string; bucket: string; database: string } & {
  known: Partial<StoreIds>;
};

/** Returns the names under which the production stores are found again. */
export function storeNames(configuration: RawConfiguration): StoreNames {
  return {
    namespace: `${configuration.name}-manifests`,
    bucket: configuration.r2_buckets?.[0]?.bucket_name ?? "",
    database: configuration.d1_databases?.[0]?.database_name ?? "",
    // Cloudflare's own set-up of a repository writes them there.
    known: {
      namespace: configuration.kv_namespaces?.[0]?.id,
      database: configuration.d1_databases?.[0]?.database_id,
    },
  };
}

/**
 * Returns the routes by which requests reach the Worker: the apex, every label below it, and what
 * wrangler.toml has beside these two, for custom domains. A deployment removes every other.
 */
export function routesOf(
  configuration: RawConfiguration,
  { baseDomain, zone }: DeploySettings,
): Route[] {
  const patterns = baseDomain === "" ? [] : [`${baseDomain}/*`, `*.${baseDomain}/*`];
  return [
    ...patterns.map((pattern) => ({ pattern, zone_name: zone })),
    ...(configuration.routes ?? []).filter((route: Route) => !patterns.includes(patternOf(route))),
  ];
}

/** As wrangler takes it. */
export type Route = string | { pattern: string; zone_name?: string };

export function patternOf(route: Route): string {
  return typeof route === "string" ? route : route.pattern;
}

/** What stands in no file: null, or nothing, where it is not known yet. */
export type Known = { ids: StoreIds | null; accountId?: string | undefined; registry: string };

/**
 * Returns wrangler.toml's configuration with what only this installation knows: its domain, the
 * identifiers of its stores and its account, and where it gets npm packages.
 */
export function productionConfiguration(
  configuration: RawConfiguration,
  settings: DeploySettings,
  { ids, accountId, registry }: Known,
): RawConfiguration {
  const written = structuredClone(configuration);
  written.vars = { NPM_REGISTRY: registry, ...written.vars };
  if (accountId) written.account_id = accountId;
  if (settings.baseDomain !== "") {
    written.workers_dev = false;
    written.routes = routesOf(configuration, settings);
    written.vars = { ...written.vars, BASE_DOMAIN: settings.baseDomain };
  }
  const [namespace] = written.kv_namespaces ?? [];
  const [database] = written.d1_databases ?? [];
  if (ids && namespace && database) {
    namespace.id = ids.namespace;
    database.database_id = ids.database;
  }
  return written;
}

/** Writes a configuration where wrangler reads it; beside wrangler.toml, as its paths are relative. */
export function writeConfiguration(file: string, configuration: RawConfiguration): void {
  writeFileSync(file, `${JSON.stringify(configuration, null, 2)}\n`);
}
