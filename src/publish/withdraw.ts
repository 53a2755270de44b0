import { manifestKey } from "../manifest.ts";
import type { Published } from "./published.ts";

/**
 * Takes `hostnames` (lower case, no port) off the gateway: deletes their KV values and tells this
 * isolate. Called after D1 has forgotten them, so that a deployment under way sees, when it reads
 * D1 again, that there is nothing left to publish.
 */
export async function withdrawHostnames(
  env: Env,
  published: Published,
  hostnames: string[],
): Promise<void> {
  await Promise.all(
    hostnames.map(async (hostname) => {
      await env.MANIFESTS.delete(manifestKey(hostname));
      published(hostname, null, null);
    }),
  );
}
