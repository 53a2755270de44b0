import { project } from "./projection.ts";
import type { Published } from "./published.ts";

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
