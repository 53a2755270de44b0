import { setTimeout } from "node:timers/promises";
import { call, list, type ServerlessApi } from "../../../scripts/deploy/serverless-api.ts";
import type { Visibility } from "../../../scripts/deploy/toolkit-folder.ts";
import { inParallel } from "../../../scripts/import/in-parallel.ts";

export type SeededFile = {
  kind: "asset" | "function";
  path: string;
  visibility: Visibility;
  content: string | Uint8Array;
  type?: string;
};

export type SeededEnvironment = {
  uniqueName: string;
  domainSuffix?: string;
  variables?: Record<string, string>;
  files: SeededFile[];
  dependencies?: { name: string; version: string }[];
  runtime?: string;
};

type Resource = { sid: string };
type Environment = Resource & { domain_name: string; domain_suffix: string | null };

export type SeededService = {
  sid: string;
  /** Deploys files to an environment, made when missing; returns its domain. */
  deploy(environment: SeededEnvironment): Promise<string>;
};

const COLLECTIONS = { asset: "Assets", function: "Functions" };

/** Makes a service, as someone at Twilio has one, through the API at `api`. */
export async function seedService(
  api: ServerlessApi,
  uniqueName: string,
  settings: Record<string, string> = {},
): Promise<SeededService> {
  const form = { UniqueName: uniqueName, FriendlyName: uniqueName, ...settings };
  const { sid } = await post<Resource>(api, "/Services", form);
  const service = `/Services/${sid}`;
  const resources = new Map<string, string>();

  async function upload({ kind, path, visibility, content, type }: SeededFile) {
    const collection = `${service}/${COLLECTIONS[kind]}`;
    const key = `${kind} ${path}`;
    const known = resources.get(key);
    const resource = known ?? (await post<Resource>(api, collection, { FriendlyName: path })).sid;
    resources.set(key, resource);
    const body = new FormData();
    body.set("Path", path);
    body.set("Visibility", visibility);
    const blob = new Blob([content as BlobPart], type === undefined ? {} : { type });
    body.set("Content", blob, path.split("/").at(-1));
    const version = await call<Resource>(api, "POST", `${collection}/${resource}/Versions`, body);
    return [kind === "asset" ? "AssetVersions" : "FunctionVersions", version.sid];
  }

  return {
    sid,
    async deploy(environment) {
      const fields = new URLSearchParams(await inParallel(environment.files, 8, upload));
      if (environment.dependencies) {
        fields.set("Dependencies", JSON.stringify(environment.dependencies));
      }
      if (environment.runtime) fields.set("Runtime", environment.runtime);
      const build = await call<Resource & { status: string }>(
        api,
        "POST",
        `${service}/Builds`,
        fields,
      );
      for (let { status } = build; status !== "completed"; await setTimeout(200)) {
        if (status === "failed") throw new Error("A build of the seed failed");
        ({ status } = await call<{ status: string }>(
          api,
          "GET",
          `${service}/Builds/${build.sid}/Status`,
        ));
      }
      const { sid: zone, domain_name } = await ensure(api, service, environment);
      for (const [Key, Value] of Object.entries(environment.variables ?? {})) {
        await post(api, `${service}/Environments/${zone}/Variables`, { Key, Value });
      }
      const BuildSid = build.sid;
      await post(api, `${service}/Environments/${zone}/Deployments`, { BuildSid });
      return domain_name;
    },
  };
}

async function ensure(
  api: ServerlessApi,
  service: string,
  { uniqueName, domainSuffix }: SeededEnvironment,
): Promise<Environment> {
  const resource = `${service}/Environments`;
  const all = await list<Environment>(api, resource, "environments");
  const found = all.find(({ domain_suffix }) => domain_suffix === (domainSuffix ?? null));
  const fields = { UniqueName: uniqueName, DomainSuffix: domainSuffix ?? "" };
  return found ?? post<Environment>(api, resource, fields);
}

function post<Answer>(api: ServerlessApi, resource: string, fields: Record<string, string>) {
  return call<Answer>(api, "POST", resource, new URLSearchParams(fields));
}

/** Returns an asset, public unless said otherwise. */
export function asset(
  path: string,
  content: string | Uint8Array,
  visibility: Visibility = "public",
): SeededFile {
  return { kind: "asset", path, visibility, content };
}

/** Returns a function, public unless said otherwise. */
export function fn(path: string, content: string, visibility: Visibility = "public"): SeededFile {
  return { kind: "function", path, visibility, content, type: "application/javascript" };
}
