import type { Flavour } from "../../contract/package-format.ts";
import type { FunctionDeployment } from "./deployment.ts";
import { RUNNER_VERSION } from "./worker-code.ts";

/** Ids that are remembered for one set of variables: of its deployments, in both flavours. */
const MOST = 8;

/** By the object that an environment's variables are, which nobody changes: hashing it costs each call. */
const remembered = new WeakMap<object, Map<string, string>>();

/**
 * The id of a deployment's dynamic Worker: it changes with everything the Worker is made from. Its
 * instances are told apart by a number that follows.
 */
export async function workerId(deployment: FunctionDeployment, flavour: Flavour): Promise<string> {
  const { environmentSid, deploymentSid, variables, credentials } = deployment;
  const ids = remembered.get(variables) ?? new Map<string, string>();
  const { accountSid = "", authToken = "" } = credentials ?? {};
  const key = [environmentSid, deploymentSid, flavour, accountSid, authToken].join(":");
  const known = ids.get(key);
  if (known !== undefined) return known;
  const secrets = JSON.stringify([Object.entries(variables).sort(), credentials]);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secrets));
  const hash = new Uint8Array(digest).toHex();
  const id = ["fn", environmentSid, deploymentSid, flavour, hash, RUNNER_VERSION].join(":");
  if (ids.size >= MOST) ids.clear();
  remembered.set(variables, ids.set(key, id));
  return id;
}
