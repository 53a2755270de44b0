import type { RunnerEnv } from "./protocol.ts";

/** Whose function runs, and with what: one environment's deployment. */
export type FunctionDeployment = RunnerEnv & {
  accountSid: string;
  serviceSid: string;
  environmentSid: string;
  deploymentSid: string;
  buildSid: string;
};

/** What log lines and outbound requests are filed under: the props of both entrypoints. */
export type DeploymentSids = Omit<FunctionDeployment, keyof RunnerEnv>;

/** The SIDs of `deployment` alone, without variables and credentials. */
export function deploymentSids(deployment: FunctionDeployment): DeploymentSids {
  const { accountSid, serviceSid, environmentSid, deploymentSid, buildSid } = deployment;
  return { accountSid, serviceSid, environmentSid, deploymentSid, buildSid };
}
