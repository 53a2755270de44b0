import type { DeploymentSids } from "../../contract/log-record.ts";
import type { RunnerEnv } from "../runner/protocol.ts";

/** Whose function runs, and with what: one environment's deployment. */
export type FunctionDeployment = RunnerEnv & DeploymentSids;

/** The SIDs of `deployment` alone, without variables and credentials. */
export function deploymentSids(deployment: FunctionDeployment): DeploymentSids {
  const { accountSid, serviceSid, environmentSid, deploymentSid, buildSid } = deployment;
  return { accountSid, serviceSid, environmentSid, deploymentSid, buildSid };
}
