import { repairAccountRecords } from "./account-records.ts";
import type { Published } from "./published.ts";
import {
  removeStrayRecords,
  removeStrays,
  repairRecords,
  repairServed,
  resumeBuilds,
} from "./repair.ts";
import {
  expireBuilds,
  expireResources,
  expireVersions,
  purgeServices,
  type RetentionTimes,
  sweepAssetObjects,
  sweepBuildObjects,
  sweepPackages,
} from "./retention.ts";

/** What one run did, by step; null where the step failed. */
export type MaintenanceRun = Record<string, number | null>;

/**
 * Repairs and cleans up, a bounded piece a run: what is left is done by the next one. A step that
 * fails does not keep the others from running.
 */
export async function maintain(
  env: Env,
  published: Published,
  times: RetentionTimes,
): Promise<MaintenanceRun> {
  const steps: Record<string, () => Promise<number>> = {
    builds_resumed: () => resumeBuilds(env),
    account_records_written: async () => (await repairAccountRecords(env, published)).length,
    environment_records_written: () => repairRecords(env, published),
    environment_records_deleted: () => removeStrayRecords(env),
    manifests_written: () => repairServed(env, published),
    manifests_deleted: () => removeStrays(env, published),
    builds_expired: () => expireBuilds(env, times),
    versions_expired: () => expireVersions(env, times),
    resources_expired: () => expireResources(env, times),
    services_purged: () => purgeServices(env, times),
    asset_objects_swept: () => sweepAssetObjects(env),
    build_objects_swept: () => sweepBuildObjects(env),
    packages_swept: () => sweepPackages(env),
  };
  const run: MaintenanceRun = {};
  for (const [name, step] of Object.entries(steps)) {
    try {
      run[name] = await step();
    } catch (error) {
      run[name] = null;
      console.error(
        JSON.stringify({ event: "maintenance-step-failed", step: name, message: String(error) }),
      );
    }
  }
  return run;
}
