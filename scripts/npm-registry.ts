import { execFileSync } from "node:child_process";

/**
 * Returns the registry that builds get packages from: NPM_REGISTRY of the environment, or else the one
 * that npm is configured for, which npm tells what it starts.
 */
export function npmRegistry(environment: NodeJS.ProcessEnv): string {
  const told = environment.NPM_REGISTRY || environment.npm_config_registry;
  if (told) return told;
  const options = { encoding: "utf8", shell: process.platform === "win32" } as const;
  return execFileSync("npm", ["config", "get", "registry"], options).trim();
}
