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

/** Milliseconds between two looks: what another request resolves wakes nobody up (docs/architecture.md). */
const PAUSE = 5;

/** What each read that is under way has given; null until then. Only plain data: it outlives requests. */
const reading = new Map<string, { read: SharedRead | null }>();

/** Reads a deployment's package; calls that start instances of it at once share one read. */
export async function sharedRead(
  host: FunctionHost,
  deployment: FunctionDeployment,
  flavour: Flavour,
): Promise<SharedRead> {
  const key = `${deployment.deploymentSid}:${deployment.buildSid}:${flavour}`;
  const shared = reading.get(key);
  if (shared !== undefined) {
    const end = Date.now() + PATIENCE;
    while (shared.read === null && Date.now() < end) await scheduler.wait(PAUSE);
    if (shared.read !== null) return shared.read;
  }
  const own: { read: SharedRead | null } = { read: null };
  reading.set(key, own);
  const read = await readOnce(host, deployment, flavour);
  own.read = read;
  if (reading.get(key) === own) reading.delete(key);
  return read;
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
