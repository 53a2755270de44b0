/**
 * KV as a projection of D1: for each hostname the manifest of what D1 says it serves, or nothing.
 */

import { encodeManifest, manifestKey } from "../contract/manifest.ts";
import { packageKey } from "../contract/package-format.ts";
import { type Served, type ServedAsOf, servedUnder } from "../store/served.ts";
import type { TagDates } from "../store/served-dates.ts";
import { buildKey, type CompiledBuild, loadBuild } from "./compiled-build.ts";
import { resumeBuild } from "./finish-build.ts";
import { hostnameLabel, manifestHostname } from "./hostnames.ts";
import { deleteValue, putValue } from "./kv-values.ts";
import { recordedDates } from "./modified-dates.ts";
import type { Published } from "./published.ts";

/** Who still finds another truth after so many rounds leaves the rest to the scheduled repair. */
const MAX_ROUNDS = 10;

/**
 * Makes KV say of `hostnames` (lower case, no port) what D1 says of them, and tells this isolate by
 * `published`. KV has no compare-and-set: of two that publish at once, the one that D1 calls old may
 * write last. So each reads D1 again after it has written, and goes on until what it wrote last is
 * what D1 says.
 */
export async function project(env: Env, published: Published, hostnames: string[]): Promise<void> {
  const builds = new Map<string, CompiledBuild | null>();
  let pending = hostnames;
  let truth = await servedNow(env, pending);
  for (let round = 0; pending.length > 0; round++) {
    if (round === MAX_ROUNDS) {
      console.error(JSON.stringify({ event: "projection-unsettled", hostnames: pending }));
      return;
    }
    for (const { build_sid, service_sid } of truth.served.values()) {
      if (!builds.has(build_sid)) {
        builds.set(build_sid, await compiledBuild(env, service_sid, build_sid));
      }
    }
    const written = truth;
    await Promise.all(pending.map((hostname) => write(env, published, hostname, written, builds)));
    truth = await servedNow(env, pending);
    pending = pending.filter(
      (hostname) =>
        truth.served.get(hostname)?.deployment_sid !== written.served.get(hostname)?.deployment_sid,
    );
  }
}

/** Returns what D1 says each of `hostnames` serves. */
export function servedNow(env: Env, hostnames: string[]): Promise<ServedAsOf> {
  const names = hostnames.map((hostname) => ({
    hostname,
    label: hostnameLabel(hostname, env.BASE_DOMAIN),
  }));
  return servedUnder(env.DB, names);
}

/**
 * Returns the compiled build, made again where R2 has lost it or the code of its functions; null
 * where that cannot be.
 */
export async function compiledBuild(
  env: Env,
  serviceSid: string,
  buildSid: string,
): Promise<CompiledBuild | null> {
  const stored = await loadBuild(env.BYTES, buildKey(serviceSid, buildSid));
  const whole =
    stored !== null &&
    (stored.functions.size === 0 ||
      (await env.BYTES.head(packageKey(serviceSid, buildSid))) !== null);
  return whole ? stored : resumeBuild(env, { sid: buildSid, service_sid: serviceSid });
}

async function write(
  env: Env,
  published: Published,
  hostname: string,
  { served: truth, asOf }: ServedAsOf,
  builds: Map<string, CompiledBuild | null>,
): Promise<void> {
  const key = manifestKey(hostname);
  const served = truth.get(hostname);
  if (!served) return deleteValue(env, published, key, asOf);
  const build = builds.get(served.build_sid);
  if (!build) {
    // What is served goes on being served: an old deployment is better than none.
    console.error(JSON.stringify({ event: "build-lost", hostname, build: served.build_sid }));
    return;
  }
  const dates = await recordedDates(env.DB, served, build);
  // Overtaken: the next round, which finds another deployment, writes it.
  if (dates === null) return;
  const { value, metadata } = await manifestOf(env, hostname, served, build, dates);
  await putValue(env, published, key, { value, metadata: { ...metadata, asOf } });
}

/** Returns the KV entry that says that `hostname` serves `build` for `served` since `dates`. */
export function manifestOf(
  env: Env,
  hostname: string,
  served: Served,
  build: CompiledBuild,
  dates: TagDates,
) {
  const since = (etag: string) => Math.max(dates.get(etag) ?? 0, served.shown_since);
  const { domain_label, domains } = served;
  const hostnames = [manifestHostname(domain_label, env.BASE_DOMAIN), ...domains];
  return encodeManifest({
    hostname,
    account: served.account_sid,
    service: served.service_sid,
    environment: served.environment_sid,
    deployment: served.deployment_sid,
    build: served.build_sid,
    headers: build.headers,
    assets: new Map(
      build.assets
        .entries()
        .map(([path, asset]) => [path, { ...asset, modified: since(asset.etag) }]),
    ),
    functions: build.functions,
    hostnames: hostnames.filter((name) => name !== hostname),
  });
}
