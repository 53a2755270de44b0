import { randomBytes } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { call, type ServerlessApi } from "../deploy/serverless-api.ts";

export type Environment = { sid: string; url: string; domain_name: string };
/** The bytes at each path. */
export type Content = Map<string, Buffer>;
type Resource = { sid: string; url: string };

export const ASSETS = [
  { path: "/small.bin", size: 2_000, visibility: "public" },
  { path: "/protected.bin", size: 60_000, visibility: "protected" },
  { path: "/large.bin", size: 3_000_000, visibility: "public" },
] as const;

/** Answers with twice the number that it is asked about. */
export const FUNCTION_PATH = "/twice";
const FUNCTION_SOURCE = `exports.handler = (context, event, callback) => {
  callback(null, { twice: 2 * Number(event.number) });
};
`;
const BUILD_POLL_MS = 250;

/** Makes a service with one environment; returns both resources' addresses below `/v1`. */
export async function createService(
  api: ServerlessApi,
  name: string,
): Promise<{ service: string; environment: Environment }> {
  const named = new URLSearchParams({ UniqueName: name, FriendlyName: "Soak" });
  const { sid } = await call<Resource>(api, "POST", "/Services", named);
  const service = `/Services/${sid}`;
  const only = new URLSearchParams({ UniqueName: "soak" });
  const environment = await call<Environment>(api, "POST", `${service}/Environments`, only);
  return { service, environment };
}

/** Uploads new content, builds it, and deploys; `announce` is told before it can be served. */
export async function deployAssets(
  api: ServerlessApi,
  service: string,
  environment: Environment,
  announce: (content: Content) => void,
): Promise<Content> {
  const content: Content = new Map();
  const versions: [string, string][] = [];
  for (const { path, size, visibility } of ASSETS) {
    const bytes = randomBytes(size);
    content.set(path, bytes);
    versions.push([
      "AssetVersions",
      await upload(api, `${service}/Assets`, path, visibility, bytes),
    ]);
  }
  await deploy(api, service, environment, versions, () => announce(content));
  return content;
}

/** Deploys the function. */
export async function deployFunction(
  api: ServerlessApi,
  service: string,
  environment: Environment,
): Promise<void> {
  const source = Buffer.from(FUNCTION_SOURCE);
  const sid = await upload(api, `${service}/Functions`, FUNCTION_PATH, "public", source);
  await deploy(api, service, environment, [["FunctionVersions", sid]], () => {});
}

export async function upload(
  api: ServerlessApi,
  collection: string,
  path: string,
  visibility: string,
  bytes: Buffer,
): Promise<string> {
  const named = new URLSearchParams({ FriendlyName: path });
  const resource = await call<Resource>(api, "POST", collection, named);
  const isFunction = collection.endsWith("/Functions");
  const type = isFunction ? "application/javascript" : "application/octet-stream";
  const form = new FormData();
  form.set("Path", path);
  form.set("Visibility", visibility);
  form.set("Content", new Blob([new Uint8Array(bytes)], { type }), isFunction ? "f.js" : "a.bin");
  return (await call<Resource>(api, "POST", `${resource.url}/Versions`, form)).sid;
}

export async function deploy(
  api: ServerlessApi,
  service: string,
  environment: Environment,
  versions: [string, string][],
  announce: () => void,
): Promise<void> {
  type Build = Resource & { status: string };
  const form = new URLSearchParams(versions);
  let build = await call<Build>(api, "POST", `${service}/Builds`, form);
  while (build.status === "building") {
    await setTimeout(BUILD_POLL_MS);
    build = await call<Build>(api, "GET", `${service}/Builds/${build.sid}`);
  }
  if (build.status !== "completed") throw new Error(`Build ${build.sid} is ${build.status}.`);
  announce();
  const chosen = new URLSearchParams({ BuildSid: build.sid });
  await call(api, "POST", `${environment.url}/Deployments`, chosen);
}
