import { MAX_LOG_LINES } from "../contract/log-line.ts";
import { type DeploymentSids, logRecord } from "../contract/log-record.ts";
import type { BuildError } from "../store/builds.ts";
import { buildErrorText } from "./build-error.ts";

/**
 * Writes what a build warns of into the logs of the environment that it is deployed to: Twilio's tools
 * print logs, and of a build no warnings. A deployment stands without them too.
 */
export async function logWarnings(
  env: Env,
  deployment: DeploymentSids,
  warnings: BuildError[],
): Promise<void> {
  if (warnings.length === 0) return;
  const { environmentSid } = deployment;
  const records = warnings.slice(0, MAX_LOG_LINES).map((warning) =>
    logRecord(deployment, {
      ...{ functionSid: "", requestSid: "", level: "WARN", time: Date.now() },
      message: `Build warning: ${buildErrorText(warning)}`,
    }),
  );
  try {
    await env.ACTIVITY.getByName(environmentSid).appendLogs(environmentSid, records);
  } catch (error) {
    const message = String(error);
    console.error(JSON.stringify({ event: "warnings-not-logged", environmentSid, message }));
  }
}
