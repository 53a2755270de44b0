import { createHash } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { ApiFailure, call, list, type ServerlessApi } from "./serverless-api.ts";
import { type FolderAsset, readToolkitFolder } from "./toolkit-folder.ts";

export type Target = {
  serviceName: string;
  environmentName: string;
  domainSuffix: string;
};

export type Deployment = {
  /** Where the assets are, as the API names it: with the port, where there is one. */
  domainName: string;
  assets: FolderAsset[];
  /** False when what is deployed was the same already. */
  changed: boolean;
};

type Service = { sid: string };
type Environment = {
  sid: string;
  domain_suffix: string | null;
  domain_name: string;
  build_sid: string | null;
};
type Asset = { sid: string; friendly_name: string };
type Version = { sid: string; path: string; visibility: string; content_sha256: string };
type Build = { sid: string; status: string; asset_versions: Version[] };
type BuildStatus = { status: string; errors?: { message: string }[] };

const UPLOADS_AT_ONCE = 4;
const POLL_MS = 250;

/**
 * Deploys the assets of a toolkit-shaped folder. Service and environment are made when missing, only
 * files that differ from what is deployed are uploaded, and nothing happens when none does.
 */
export async function deployFolder(
  api: ServerlessApi,
  folder: string,
  target: Target,
): Promise<Deployment> {
  const assets = readToolkitFolder(folder);
  const service = `/Services/${(await findOrCreateService(api, target)).sid}`;
  const environment = await findOrCreateEnvironment(api, service, target);
  const deployed = environment.build_sid
    ? (await call<Build>(api, "GET", `${service}/Builds/${environment.build_sid}`)).asset_versions
    : [];
  const kept = new Map<string, string>();
  for (const asset of assets) {
    const same = deployed.find((version) => isSame(asset, version));
    if (same) kept.set(asset.path, same.sid);
  }
  const result = { domainName: environment.domain_name, assets };
  if (kept.size === assets.length && kept.size === deployed.length) {
    return { ...result, changed: false };
  }
  const missing = assets.filter((asset) => !kept.has(asset.path));
  const uploaded = await uploadAll(api, service, missing);
  const build = await makeBuild(api, service, [...kept.values(), ...uploaded]);
  const body = new URLSearchParams({ BuildSid: build });
  await call(api, "POST", `${service}/Environments/${environment.sid}/Deployments`, body);
  return { ...result, changed: true };
}

async function findOrCreateService(api: ServerlessApi, { serviceName }: Target): Promise<Service> {
  try {
    return await call(api, "GET", `/Services/${serviceName}`);
  } catch (error) {
    if (!(error instanceof ApiFailure && error.status === 404)) throw error;
    const body = new URLSearchParams({ UniqueName: serviceName, FriendlyName: serviceName });
    return call(api, "POST", "/Services", body);
  }
}

async function findOrCreateEnvironment(
  api: ServerlessApi,
  service: string,
  { environmentName, domainSuffix }: Target,
): Promise<Environment> {
  const resource = `${service}/Environments`;
  const environments = await list<Environment>(api, resource, "environments");
  const found = environments.find(({ domain_suffix }) => domain_suffix === domainSuffix);
  if (found) return found;
  const body = new URLSearchParams({ UniqueName: environmentName, DomainSuffix: domainSuffix });
  return call(api, "POST", resource, body);
}

function isSame(asset: FolderAsset, version: Version): boolean {
  return (
    version.path === asset.path &&
    version.visibility === asset.visibility &&
    version.content_sha256 === createHash("sha256").update(asset.content).digest("hex")
  );
}

/** Uploads a new version of each asset and returns their SIDs. */
async function uploadAll(
  api: ServerlessApi,
  service: string,
  assets: FolderAsset[],
): Promise<string[]> {
  const known = await list<Asset>(api, `${service}/Assets`, "assets");
  const waiting = [...assets];
  const uploaded: string[] = [];
  async function uploadWaiting(): Promise<void> {
    for (let asset = waiting.pop(); asset; asset = waiting.pop()) {
      const { path } = asset;
      const sid =
        known.find(({ friendly_name }) => friendly_name === path)?.sid ??
        (await createAsset(api, service, path));
      uploaded.push(await upload(api, `${service}/Assets/${sid}/Versions`, asset));
    }
  }
  await Promise.all(Array.from({ length: UPLOADS_AT_ONCE }, uploadWaiting));
  return uploaded;
}

async function createAsset(api: ServerlessApi, service: string, path: string): Promise<string> {
  const body = new URLSearchParams({ FriendlyName: path });
  return (await call<Asset>(api, "POST", `${service}/Assets`, body)).sid;
}

async function upload(api: ServerlessApi, resource: string, asset: FolderAsset): Promise<string> {
  const body = new FormData();
  body.set("Path", asset.path);
  body.set("Visibility", asset.visibility);
  // Without a type of its own: the server knows best what a phone wants each extension to be.
  body.set("Content", new Blob([new Uint8Array(asset.content)]), asset.path.split("/").at(-1));
  return (await call<Version>(api, "POST", resource, body)).sid;
}

async function makeBuild(api: ServerlessApi, service: string, versions: string[]): Promise<string> {
  const body = new URLSearchParams(versions.map((sid) => ["AssetVersions", sid]));
  const { sid } = await call<Build>(api, "POST", `${service}/Builds`, body);
  for (;;) {
    const resource = `${service}/Builds/${sid}/Status`;
    const { status, errors = [] } = await call<BuildStatus>(api, "GET", resource);
    if (status === "completed") return sid;
    if (status === "failed") {
      throw new ApiFailure(200, `The build failed: ${errors.map((e) => e.message).join("; ")}`);
    }
    await setTimeout(POLL_MS);
  }
}
