/**
 * What nobody needs any more is deleted: rows first, bytes after, so that a row always has its bytes.
 * A run that is cut short in between leaves bytes without a row: the walks over the bucket find those.
 */

import { closureKey } from "../contract/closure-format.ts";
import { lockKey } from "../contract/lock.ts";
import { assetKey } from "../contract/manifest.ts";
import { packageKey } from "../contract/package-format.ts";
import type { BuildRow } from "../store/builds.ts";
import {
  deleteEmptyResources,
  deleteIdleBuilds,
  deletePurge,
  deleteUnbuiltVersions,
  duePurges,
  type NamedObject,
  namedClosures,
  orphans,
  saveWalkPosition,
  walkPosition,
} from "../store/retention.ts";
import { timestamp } from "../store/timestamp.ts";
import { buildKey, buildObjectKeys } from "./compiled-build.ts";

/** How long things are kept, hours (`[vars.LIMITS]` of wrangler.toml). */
export type RetentionTimes = {
  undeployed_build_hours: number;
  unused_version_hours: number;
  deleted_service_hours: number;
};

const HOUR = 3600 * 1000;

/**
 * Everything is kept at least so long, whatever the settings say: a gateway may serve a manifest for
 * a minute after it was replaced, a manifest that KV missed is written by the next repairs, and a
 * client takes its time from an asset to its version, its build and its deployment.
 */
const GRACE_HOURS = 1;

/** How old an object without a row must be: by then no upload or build can still be on its way. */
const ORPHAN_AGE = 24 * HOUR;

/** How long what was unpacked of npm is kept. */
const PACKAGE_AGE = 30 * 24 * HOUR;

/** Rows of one kind in one run. */
const ROWS = 500;
/** Keys that R2 deletes at once. */
const KEYS = 1_000;
/** Objects in one page of a walk, and pages of all purges together in one run. */
const PAGE = 500;
const PURGE_PAGES = 20;

/** Deletes builds that nothing has served for long enough. Returns how many. */
export async function expireBuilds(env: Env, times: RetentionTimes): Promise<number> {
  const cutoff = keptSince(times.undeployed_build_hours);
  let deleted = 0;
  for (;;) {
    const expired = await deleteIdleBuilds(env.DB, cutoff, ROWS - deleted);
    if (expired.length === 0) return deleted;
    await deleteObjects(
      env,
      expired.flatMap(({ service_sid, sid }) => buildObjectKeys(service_sid, sid)),
    );
    deleted += expired.length;
  }
}

/**
 * Deletes what is stored of a build that was deleted. The package of one that was served lately is
 * written anew instead, which leaves it a day before the walk over the bucket takes it: a gateway that
 * still holds a manifest of the build may call for it.
 */
export async function deleteBuildObjects(
  env: Env,
  { service_sid, sid, date_inactive }: Pick<BuildRow, "service_sid" | "sid" | "date_inactive">,
): Promise<void> {
  const servedLately = date_inactive !== null && date_inactive >= keptSince(GRACE_HOURS);
  if (!servedLately) return deleteObjects(env, buildObjectKeys(service_sid, sid));
  const key = packageKey(service_sid, sid);
  const stored = await env.BYTES.get(key);
  if (stored) await env.BYTES.put(key, stored.body);
  await deleteObjects(env, [buildKey(service_sid, sid), lockKey(service_sid, sid)]);
}

/** Deletes versions that no build has held for long enough, with their bytes. Returns how many. */
export async function expireVersions(env: Env, times: RetentionTimes): Promise<number> {
  const cutoff = keptSince(times.unused_version_hours);
  const expired = await deleteUnbuiltVersions(env.DB, cutoff, ROWS);
  await deleteObjects(
    env,
    expired.map(({ service_sid, sid }) => assetKey(service_sid, sid)),
  );
  return expired.length;
}

/** Deletes assets and functions that have had no version for long enough. Returns how many. */
export async function expireResources(env: Env, times: RetentionTimes): Promise<number> {
  const cutoff = keptSince(times.unused_version_hours);
  return (await deleteEmptyResources(env.DB, cutoff, ROWS)).length;
}

/** Deletes the bytes of deleted services. Returns how many services were finished. */
export async function purgeServices(env: Env, times: RetentionTimes): Promise<number> {
  const cutoff = keptSince(times.deleted_service_hours);
  let pages = 0;
  let finished = 0;
  for (const serviceSid of await duePurges(env.DB, cutoff, PURGE_PAGES)) {
    for (const prefix of [assetKey(serviceSid, ""), `builds/${serviceSid}/`]) {
      for (let more = true; more; ) {
        if (pages++ === PURGE_PAGES) return finished;
        const page = await env.BYTES.list({ prefix });
        await deleteObjects(
          env,
          page.objects.map(({ key }) => key),
        );
        more = page.truncated;
      }
    }
    await deletePurge(env.DB, serviceSid);
    finished++;
  }
  return finished;
}

/** Deletes bytes that no version names, a stretch of the bucket a run. Returns how many. */
export function sweepAssetObjects(env: Env): Promise<number> {
  return sweep(env, { walk: "asset-objects", prefix: "assets/", table: "versions" });
}

/** The same for compiled builds and packages that no build names. */
export function sweepBuildObjects(env: Env): Promise<number> {
  return sweep(env, { walk: "build-objects", prefix: "builds/", table: "builds" });
}

/**
 * Deletes what was written of npm packages more than a month ago, but closures that a build names: what
 * is needed again is made again. Returns how many.
 */
export async function sweepPackages(env: Env): Promise<number> {
  const position = await walkPosition(env.DB, "npm-objects");
  const start = position === "" ? {} : { startAfter: position };
  const page = await env.BYTES.list({ prefix: "npm/", limit: PAGE, ...start });
  const old = page.objects
    .filter(({ uploaded }) => uploaded.getTime() < Date.now() - PACKAGE_AGE)
    .map(({ key }) => key);
  const closures = old.map((key) => closureOfKey(key));
  const named = await namedClosures(
    env.DB,
    closures.filter((sha256) => sha256 !== null),
  );
  const unneeded = old.filter((_, index) => {
    const sha256 = closures[index];
    return sha256 === null || sha256 === undefined || !named.has(sha256);
  });
  await deleteObjects(env, unneeded);
  await saveWalkPosition(
    env.DB,
    "npm-objects",
    page.truncated ? (page.objects.at(-1)?.key ?? "") : "",
  );
  return unneeded.length;
}

function closureOfKey(key: string): string | null {
  const prefix = closureKey("");
  return key.startsWith(prefix) ? key.slice(prefix.length).replace(/\..*$/, "") : null;
}

async function sweep(
  env: Env,
  {
    walk,
    prefix,
    table,
  }: {
    walk: "asset-objects" | "build-objects";
    prefix: string;
    table: "versions" | "builds";
  },
): Promise<number> {
  const position = await walkPosition(env.DB, walk);
  const page = await env.BYTES.list({
    prefix,
    limit: PAGE,
    ...(position === "" ? {} : { startAfter: position }),
  });
  const old: NamedObject[] = page.objects
    .filter(({ uploaded }) => uploaded.getTime() < Date.now() - ORPHAN_AGE)
    .map(({ key }) => {
      const [, service_sid = "", name = ""] = key.split("/");
      return { key, service_sid, sid: name.replace(/\.\w+$/, "") };
    });
  const found = await orphans(env.DB, table, old);
  await deleteObjects(env, found);
  await saveWalkPosition(env.DB, walk, page.truncated ? (page.objects.at(-1)?.key ?? "") : "");
  return found.length;
}

async function deleteObjects(env: Env, keys: string[]): Promise<void> {
  for (let at = 0; at < keys.length; at += KEYS) {
    await env.BYTES.delete(keys.slice(at, at + KEYS));
  }
}

function keptSince(hours: number): string {
  return timestamp(new Date(Date.now() - Math.max(hours, GRACE_HOURS) * HOUR));
}
