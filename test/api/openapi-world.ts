import { env } from "cloudflare:workers";
import { newSid } from "../../src/api/sids.ts";
import type { DeploymentSids } from "../../src/contract/log-record.ts";
import { logRecord } from "../../src/contract/log-record.ts";
import type { EnvironmentRow } from "../../src/store/environments.ts";
import { BASE, basic, type Credentials, call, type Form, OPERATOR, send } from "./client.ts";

/** One of each resource, by the segments that lead to its kind ("Assets/Versions"). */
export type World = {
  credentials: Credentials;
  sids: Record<string, string | undefined>;
  /** A build that nothing has deployed; the one among `sids` can be deleted. */
  deployable: string | undefined;
};

/** Creates one of each resource as `credentials`. */
export async function createWorld(
  name: string,
  credentials: Credentials = OPERATOR,
): Promise<World> {
  const create = async (path: string, form: Form): Promise<string | undefined> => {
    const { status, body } = await call("POST", path, form, credentials);
    return status === 201 ? body.sid : undefined;
  };
  const service = await create("/Services", { UniqueName: name, FriendlyName: name });
  const at = `/Services/${service}`;
  const environment = await create(`${at}/Environments`, { UniqueName: "p" });
  const inside = `${at}/Environments/${environment}`;
  const variable = await create(`${inside}/Variables`, { Key: "A", Value: "1" });
  const asset = await create(`${at}/Assets`, { FriendlyName: "/a.txt" });
  const assetVersion = await upload(`${at}/Assets/${asset}/Versions`, "/a.txt", credentials);
  const aFunction = await create(`${at}/Functions`, { FriendlyName: "/f" });
  const functionVersion = await upload(`${at}/Functions/${aFunction}/Versions`, "/f", credentials);
  const versions = { AssetVersions: assetVersion ?? "", FunctionVersions: functionVersion ?? "" };
  const [deployed, build, deployable] = [
    await create(`${at}/Builds`, versions),
    await create(`${at}/Builds`, versions),
    await create(`${at}/Builds`, versions),
  ];
  const deployment = await create(`${inside}/Deployments`, { BuildSid: deployed ?? "" });
  const log = await addLog(environment ?? "", aFunction ?? "");
  return {
    credentials,
    deployable,
    sids: {
      Services: service,
      Environments: environment,
      "Environments/Variables": variable,
      "Environments/Deployments": deployment,
      "Environments/Logs": log,
      Assets: asset,
      "Assets/Versions": assetVersion,
      Functions: aFunction,
      "Functions/Versions": functionVersion,
      Builds: build,
    },
  };
}

/** A log line, which no call of the API writes. */
async function addLog(environmentSid: string, functionSid: string): Promise<string> {
  const environment = await findDeployed(environmentSid);
  const record = logRecord(environment, {
    ...{ functionSid, requestSid: newSid("RQ"), level: "INFO", message: "ahoy", time: Date.now() },
  });
  await env.ACTIVITY.getByName(environmentSid).appendLogs(environmentSid, [record]);
  return record.sid;
}

/** The SIDs of what an environment serves. */
export async function findDeployed(environmentSid: string): Promise<DeploymentSids> {
  const row = await env.DB.prepare("SELECT * FROM environments WHERE sid = ?")
    .bind(environmentSid)
    .first<EnvironmentRow>();
  return {
    accountSid: row?.account_sid ?? "",
    serviceSid: row?.service_sid ?? "",
    environmentSid,
    deploymentSid: row?.deployment_sid ?? "",
    buildSid: row?.build_sid ?? "",
  };
}

async function upload(
  path: string,
  assetPath: string,
  credentials: Credentials,
): Promise<string | undefined> {
  const body = new FormData();
  body.append("Path", assetPath);
  body.append("Visibility", "public");
  const type = path.includes("/Functions/") ? "application/javascript" : "text/plain";
  const content = "exports.handler = (context, event, callback) => callback(null, 'Ahoy');";
  body.append("Content", new File([content], "content", { type }));
  const headers = { Authorization: basic(credentials) };
  const request = new Request(`${BASE}/v1${path}`, { method: "POST", headers, body });
  const answer = await send(request);
  return answer.status === 201 ? answer.body.sid : undefined;
}

/** Which resource each `{…}` of a path names: `{ServiceSid}` → Services, `{AssetSid}` → Assets, … */
export function pathKinds(path: string): Map<string, string> {
  const segments = path.split("/").slice(1);
  const kinds = new Map<string, string>();
  for (let index = 1; index < segments.length; index += 2) {
    const name = (segments[index] as string).slice(1, -1);
    kinds.set(name, kindAt(segments.slice(0, index)));
  }
  return kinds;
}

/** The collections of `segments` without Services and what stands below one resource. */
function kindAt(segments: string[]): string {
  const collections = segments.filter((_segment, index) => index % 2 === 0);
  const below = collections.filter((name) => !["Services", "Status", "Content"].includes(name));
  return below.join("/") || "Services";
}

/** Fills in `path`, or returns null where the world has no such resource. */
export function fillPath(
  path: string,
  world: World,
  others: Record<string, string> = {},
): string | null {
  let filled = path;
  for (const [name, kind] of pathKinds(path)) {
    const sid = others[name] ?? world.sids[kind];
    if (sid === undefined) return null;
    filled = filled.replace(`{${name}}`, sid);
  }
  return filled;
}
