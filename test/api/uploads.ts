import { type Answer, addService, BASE, basic, call, OPERATOR, send } from "./client.ts";

export const BOUNDARY = "ringback-test-boundary";

/** A part as it stands on the wire: Path and Visibility are text, Content has a type or none. */
export type Part = { name: string; content: string | Uint8Array<ArrayBuffer>; type?: string };

/** A multipart/form-data body of `parts`, in their order. */
export function multipartBody(parts: Part[]): Blob {
  const blobs = parts.flatMap(({ name, content, type }) => [
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"`,
    name === "Content" ? '; filename="file"\r\n' : "\r\n",
    type === undefined ? "\r\n" : `Content-Type: ${type}\r\n\r\n`,
    content,
    "\r\n",
  ]);
  return new Blob([...blobs, `--${BOUNDARY}--\r\n`]);
}

export type AssetUpload = {
  path?: string;
  visibility?: string;
  content?: string | Uint8Array<ArrayBuffer>;
  type?: string;
};

/** The parts that Twilio's tools send, in their order. */
export function uploadParts(upload: AssetUpload): Part[] {
  const { path = "/ahoy.mp3", visibility = "public", content = "ahoy", type } = upload;
  return [
    { name: "Path", content: path },
    { name: "Visibility", content: visibility },
    { name: "Content", content, ...(type === undefined ? {} : { type }) },
  ];
}

/** Sends `body` to `…/Versions`, below the URL or path of an asset. */
export function sendUpload(
  asset: string,
  body: BodyInit,
  contentType = `multipart/form-data; boundary=${BOUNDARY}`,
): Promise<Answer> {
  return send(uploadRequest(asset, body, contentType));
}

export function uploadRequest(
  asset: string,
  body: BodyInit,
  contentType = `multipart/form-data; boundary=${BOUNDARY}`,
): Request {
  const url = asset.startsWith("http") ? asset : `${BASE}/v1${asset}`;
  const headers = { Authorization: basic(OPERATOR), "Content-Type": contentType };
  return new Request(`${url}/Versions`, { method: "POST", headers, body });
}

/** Uploads a version of the asset with this URL and returns the answer. */
export function upload(assetUrl: string, version: AssetUpload): Promise<Answer> {
  return sendUpload(assetUrl, multipartBody(uploadParts(version)));
}

/** Adds an asset to the service with this SID and returns it. */
export async function addAsset(serviceSid: string, friendlyName = "/ahoy.mp3") {
  const { status, body, text } = await call("POST", `/Services/${serviceSid}/Assets`, {
    FriendlyName: friendlyName,
  });
  if (status !== 201) throw new Error(text);
  return body;
}

/** Adds an asset with one version and returns the version. */
export async function addVersion(serviceSid: string, version: AssetUpload) {
  const asset = await addAsset(serviceSid, version.path);
  const { status, body, text } = await upload(asset.url, version);
  if (status !== 201) throw new Error(text);
  return body;
}

/** Adds a function to the service with this SID and returns it. */
export async function addFunction(serviceSid: string, friendlyName = "/ahoy") {
  const { status, body, text } = await call("POST", `/Services/${serviceSid}/Functions`, {
    FriendlyName: friendlyName,
  });
  if (status !== 201) throw new Error(text);
  return body;
}

/** Adds a function with one version and returns the version. */
export async function addFunctionVersion(serviceSid: string, version: AssetUpload) {
  const path = version.path ?? "/ahoy";
  const added = await addFunction(serviceSid, path);
  const type = "application/javascript";
  const { status, body, text } = await upload(added.url, { type, ...version, path });
  if (status !== 201) throw new Error(text);
  return body;
}

/** Adds a service with one asset. */
export async function addServiceAndAsset(uniqueName: string) {
  const service = await addService(uniqueName);
  return { service, asset: await addAsset(service.sid) };
}
