import type { DeletedHosts } from "../store/deleted-hosts.ts";
import { deleteEnvironmentRecords } from "./environment-records.ts";
import { manifestHostname } from "./hostnames.ts";
import { project } from "./projection.ts";
import type { Published } from "./published.ts";

/** Keys that one call takes out of KV, of which an invocation may write or delete 1,000. */
export const MAX_WITHDRAWALS = 900;

/**
 * Takes `hostnames` (lower case, no port) off the gateway once D1 has forgotten them. A name that
 * D1 has given to another environment meanwhile serves what that one deployed.
 */
export function withdrawHostnames(
  env: Env,
  published: Published,
  hostnames: string[],
): Promise<void> {
  return project(env, published, hostnames);
}

/** Takes environments that D1 has deleted out of KV: what they serve, then their functions' settings. Their activity goes too. */
export async function withdrawDeleted(
  env: Env,
  published: Published,
  { labels, customHostnames, environmentSids }: DeletedHosts,
): Promise<void> {
  const hostnames = labels.map((label) => manifestHostname(label, env.BASE_DOMAIN));
  await withdrawHostnames(env, published, [...hostnames, ...customHostnames]);
  await deleteEnvironmentRecords(env, environmentSids);
  await Promise.all(environmentSids.map((sid) => eraseActivity(env, sid)));
}

/** What stays behind by a failure is found and erased by the activity itself, within a day. */
async function eraseActivity(env: Env, environmentSid: string): Promise<void> {
  try {
    await env.ACTIVITY.getByName(environmentSid).erase();
  } catch (error) {
    const message = String(error);
    console.error(JSON.stringify({ event: "activity-not-erased", environmentSid, message }));
  }
}
