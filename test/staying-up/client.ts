import { apiRequest, basic, type Credentials, type Form, OPERATOR } from "../api/client.ts";
import { type AssetUpload, BOUNDARY, multipartBody, uploadParts } from "../api/uploads.ts";
import type { Isolate } from "../isolate.ts";

// biome-ignore lint/suspicious/noExplicitAny: tests read answers that are checked field by field.
export type Answer = { status: number; body: any };

/** A client of the API that talks to one isolate. */
export type Client = {
  call(method: string, path: string, form?: Form): Promise<Answer>;
  /** Sends a version of the asset with this URL. */
  upload(assetUrl: string, version: AssetUpload): Promise<Answer>;
};

/** Returns a client of the API on `isolate`, for the account of `credentials`. */
export function clientOf(isolate: Isolate, credentials: Credentials = OPERATOR): Client {
  async function send(request: Request): Promise<Answer> {
    const { status, text } = await isolate.request(request);
    return { status, body: text === "" ? null : JSON.parse(text) };
  }
  return {
    call: (method, path, form) => send(apiRequest(method, path, form, credentials)),
    upload: (assetUrl, version) =>
      send(
        new Request(`${assetUrl}/Versions`, {
          method: "POST",
          headers: {
            Authorization: basic(credentials),
            "Content-Type": `multipart/form-data; boundary=${BOUNDARY}`,
          },
          body: multipartBody(uploadParts(version)),
        }),
      ),
  };
}

/** Returns the resource that a call made; throws what it said where it made none. */
export async function made(answer: Promise<Answer>) {
  const { status, body } = await answer;
  if (status !== 201) throw new Error(JSON.stringify(body));
  return body;
}

/** Adds an asset of each path with one version, and a build of them all; returns the build. */
export async function buildOf(client: Client, serviceSid: string, versions: AssetUpload[]) {
  const service = `/Services/${serviceSid}`;
  const sids: string[] = [];
  for (const version of versions) {
    const form = { FriendlyName: version.path as string };
    const asset = await made(client.call("POST", `${service}/Assets`, form));
    sids.push((await made(client.upload(asset.url, version))).sid);
  }
  return made(client.call("POST", `${service}/Builds`, { AssetVersions: sids }));
}

/** Adds a service and an environment that serves `versions`. */
export async function deployed(client: Client, name: string, versions: AssetUpload[]) {
  const form = { UniqueName: name, FriendlyName: name };
  const service = await made(client.call("POST", "/Services", form));
  const environments = `/Services/${service.sid}/Environments`;
  const environment = await made(client.call("POST", environments, { UniqueName: "dev" }));
  const build = await buildOf(client, service.sid, versions);
  await made(client.call("POST", `${environment.url}/Deployments`, { BuildSid: build.sid }));
  return { service, environment, build, origin: `http://${environment.domain_name}` };
}
