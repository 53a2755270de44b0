import type { Flavour } from "../../contract/package-format.ts";
import type { FunctionDeployment } from "./deployment.ts";
import type { FunctionHost, ReadPackage } from "./invoke.ts";

/** Why a package could not be read: the store did not answer, or has none that is whole. */
export type UnreadReason = "bytes-unavailable" | "bytes-missing";

export type SharedRead =
  | (ReadPackage & { ok: true })
  | { ok: false; reason: UnreadReason; detail: string };

/** Milliseconds to wait for another request's read: if the runtime ended that request, none comes. */
const PATIENCE = 3_000;

const reading = new Map<string, Promise<SharedRead>>();

/** Reads a deployment's package; calls that start instances of it at once share one read. */
export async function sharedRead(
  host: FunctionHost,
  deployment: FunctionDeployment,
  flavour: Flavour,
): Promise<SharedRead> {
  const key = `${deployment.deploymentSid}:${deployment.buildSid}:${flavour}`;
  const shared = reading.get(key);
  if (shared !== undefined) {
    const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), PATIENCE));
    const read = await Promise.race([shared, late]);
    if (read !== null) return read;
  }
  const own = readOnce(host, deployment, flavour);
  reading.set(key, own);
  return own.finally(() => {
    if (reading.get(key) === own) reading.delete(key);
  });
}

async function readOnce(
  host: FunctionHost,
  deployment: FunctionDeployment,
  flavour: Flavour,
): Promise<SharedRead> {
  try {
    const read = await host.read(deployment, flavour);
    return read.ok ? read : { ok: false, reason: "bytes-missing", detail: read.detail };
  } catch (error) {
    return { ok: false, reason: "bytes-unavailable", detail: String(error) };
  }
}
