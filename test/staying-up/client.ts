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

/** A version of an asset or, where it says so, of a function. */
export type Upload = AssetUpload & { kind?: "function" };

/** Adds an asset or function of each path with one version, and a build of them all; returns the build. */
export async function buildOf(
  client: Client,
  serviceSid: string,
  uploads: Upload[],
  dependencies: Record<string, string> = {},
) {
  const service = `/Services/${serviceSid}`;
  const sids = await Promise.all(
    uploads.map(async ({ kind, ...version }) => {
      const form = { FriendlyName: version.path as string };
      const list = kind === "function" ? "Functions" : "Assets";
      const resource = await made(client.call("POST", `${service}/${list}`, form));
      const type = kind === "function" ? "application/javascript" : undefined;
      const upload = { ...(type && { type }), ...version };
      return (await made(client.upload(resource.url, upload))).sid as string;
    }),
  );
  const isFunction = (index: number) => uploads[index]?.kind === "function";
  const form = {
    AssetVersions: sids.filter((_, index) => !isFunction(index)),
    FunctionVersions: sids.filter((_, index) => isFunction(index)),
    Dependencies: JSON.stringify(
      Object.entries(dependencies).map(([name, version]) => ({ name, version })),
    ),
  };
  return made(client.call("POST", `${service}/Builds`, form));
}

/** What else a project has: variables, and the versions of npm packages by their names. */
export type Extras = {
  variables?: Record<string, string>;
  dependencies?: Record<string, string>;
};

/** Adds a service and an environment that serves `uploads`. */
export async function deployed(
  client: Client,
  name: string,
  uploads: Upload[],
  { variables = {}, dependencies = {} }: Extras = {},
) {
  const form = { UniqueName: name, FriendlyName: name, IncludeCredentials: "true" };
  const service = await made(client.call("POST", "/Services", form));
  const environments = `/Services/${service.sid}/Environments`;
  const environment = await made(client.call("POST", environments, { UniqueName: "dev" }));
  await Promise.all(
    Object.entries(variables).map(([Key, Value]) =>
      made(client.call("POST", `${environment.url}/Variables`, { Key, Value })),
    ),
  );
  const build = await buildOf(client, service.sid, uploads, dependencies);
  await made(client.call("POST", `${environment.url}/Deployments`, { BuildSid: build.sid }));
  return { service, environment, build, origin: `http://${environment.domain_name}` };
}
