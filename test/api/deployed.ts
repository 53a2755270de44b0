import { addEnvironment, addService, call } from "./client.ts";
import { type AssetUpload, addVersion } from "./uploads.ts";

/** Uploads each of `assets`, builds them and returns the build. */
export async function addBuild(serviceSid: string, assets: AssetUpload[]) {
  const versions = await Promise.all(assets.map((asset) => addVersion(serviceSid, asset)));
  return buildOf(
    serviceSid,
    versions.map(({ sid }) => sid),
  );
}

/** Builds these versions and returns the build. */
export async function buildOf(serviceSid: string, versionSids: string[]) {
  const { status, body, text } = await call("POST", `/Services/${serviceSid}/Builds`, {
    AssetVersions: versionSids,
  });
  if (status !== 201) throw new Error(text);
  return body;
}

/** Asks for a deployment of `buildSid`, or without one for none. */
export function deploy(environmentUrl: string, buildSid?: string) {
  return call("POST", `${environmentUrl}/Deployments`, buildSid ? { BuildSid: buildSid } : {});
}

/** A service with an environment, and a build of one asset whose content is `text`. */
export async function addProject(uniqueName: string, text = "ahoy") {
  const service = await addService(uniqueName);
  const environment = await addEnvironment(service.sid, { UniqueName: "dev" });
  const build = await addBuild(service.sid, [{ path: "/ahoy.txt", content: text }]);
  return { service, environment, build };
}
