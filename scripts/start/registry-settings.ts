import { existsSync, readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import {
  type RegistrySettings,
  registryPlaces,
} from "../../src/functions/build/registry-settings.ts";
import { npmRegistry } from "../npm-registry.ts";
import { StartFailure } from "./failure.ts";

const NAMES = ["NPM_REGISTRY", "NPM_TOKEN", "NPMRC"] as const;

/**
 * Returns what the environment, or else the file `.dev.vars`, says of npm's registries. Throws StartFailure
 * where that is none.
 */
export function readRegistrySettings(
  devVarsPath: string,
  environment: NodeJS.ProcessEnv,
): Record<string, string> {
  const file = existsSync(devVarsPath) ? parseEnv(readFileSync(devVarsPath, "utf8")) : {};
  const settings: Record<string, string> = {};
  for (const name of NAMES) {
    const value = environment[name] || file[name];
    if (value) settings[name] = value;
  }
  const fault = registryFault(settings, npmRegistry(environment));
  if (fault !== null) throw new StartFailure(fault);
  return settings;
}

/** Why packages cannot be had with these settings, as a sentence; null where they can. */
export function registryFault(settings: RegistrySettings, otherwise: string): string | null {
  const read = registryPlaces(settings, otherwise);
  return read.ok ? null : `${read.fault}: builds could get no npm packages.`;
}
