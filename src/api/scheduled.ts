import { type MaintenanceRun, maintain } from "../publish/maintenance.ts";
import type { Published } from "../publish/published.ts";
import { readLimits } from "./limits.ts";

/** What the Worker does on its schedule: repairs and retention; logs what it did. */
export async function runScheduled(env: Env, published: Published): Promise<MaintenanceRun> {
  const run = await maintain(env, published, readLimits(env));
  if (Object.values(run).some((count) => count !== 0)) {
    console.log(JSON.stringify({ event: "maintenance", ...run }));
  }
  return run;
}
