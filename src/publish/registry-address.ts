import configured from "../../dist/functions/registry.txt";
import {
  type RegistryPlaces,
  type RegistrySettings,
  registryPlaces,
} from "../functions/build/registry-settings.ts";

/**
 * The registries that builds get packages from: those of the configuration, or where npm got them when
 * this release was built.
 */
export function configuredRegistries(env: Pick<Env, "NPM_REGISTRY">): RegistryPlaces {
  return registryPlaces(env as RegistrySettings, configured);
}
