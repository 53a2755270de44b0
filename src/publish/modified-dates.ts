/**
 * Last-Modified. A client that asks by date keeps what it has where the date is not earlier than the
 * asset's: so on one hostname no answer of a path may have the date of another, or an earlier one
 * than an answer before it, whatever is deployed, rolled back to or attached within one second.
 */
import type { Served } from "../store/served.ts";
import {
  findServedDates,
  recordServedDates,
  type ServedDates,
  type TagDates,
} from "../store/served-dates.ts";
import type { CompiledBuild } from "./compiled-build.ts";

/** Who records is at times overtaken; who is overtaken this often leaves it to the next repair. */
const ROUNDS = 5;

/**
 * Returns since when what `served` names answers each path as it does, having recorded it in D1: a
 * path whose answer has not changed keeps its date. Null where the environment serves another
 * deployment by now.
 */
export async function recordedDates(
  db: D1Database,
  served: Served,
  build: CompiledBuild,
): Promise<TagDates | null> {
  for (let round = 0; round < ROUNDS; round++) {
    const known = await findServedDates(db, served.environment_sid);
    if (known?.deployment_sid !== served.deployment_sid) return null;
    const next = datesOf(known, served, build);
    if (next === null) return known.dates;
    const { environment_sid, deployment_sid } = served;
    const { dates, last } = next;
    if (await recordServedDates(db, environment_sid, deployment_sid, known, dates, last)) {
      return dates;
    }
  }
  throw new Error(`the dates of ${served.environment_sid} are being recorded by others`);
}

/** Returns what is recorded of `served`; null where that is not all, or of another deployment. */
export async function datesOnRecord(
  db: D1Database,
  served: Served,
  build: CompiledBuild,
): Promise<TagDates | null> {
  const known = await findServedDates(db, served.environment_sid);
  return known !== null && isRecorded(known, served, build) ? known.dates : null;
}

/** The dates to record, and the latest ever given; null where they stand already. */
function datesOf(
  known: ServedDates,
  served: Served,
  build: CompiledBuild,
): { dates: TagDates; last: number } | null {
  if (isRecorded(known, served, build)) return null;
  const again = known.recorded_sid === served.deployment_sid;
  const deployed = Math.floor((again ? Date.now() : Date.parse(served.deployment_date)) / 1000);
  const date = Math.max(deployed, known.last_modified + 1, known.domains_since + 1);
  const dates: TagDates = new Map();
  let last = known.last_modified;
  for (const { etag } of build.assets.values()) {
    const kept = known.dates.get(etag);
    dates.set(etag, kept ?? date);
    if (kept === undefined) last = date;
  }
  return { dates, last };
}

/** The software may tag a build otherwise than it did when the deployment was recorded. */
function isRecorded(known: ServedDates, served: Served, build: CompiledBuild): boolean {
  return (
    known.recorded_sid === served.deployment_sid &&
    build.assets.values().every(({ etag }) => known.dates.has(etag))
  );
}
