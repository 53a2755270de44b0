import configured from "../../dist/functions/registry.txt";

/**
 * The registry that builds get packages from, with a slash at its end: NPM_REGISTRY, or where npm got
 * them when this release was built. Null where neither is an address.
 */
export function registryAddress({ NPM_REGISTRY }: Pick<Env, "NPM_REGISTRY">): URL | null {
  const address = NPM_REGISTRY || configured;
  return URL.parse(address.endsWith("/") ? address : `${address}/`);
}
