/**
 * The compiled build: what every deployment of one build shares, kept in R2. With the names of a
 * deployment and its hostname it is a manifest, so that deploying reads no asset and decides nothing.
 */

import { lockKey } from "../contract/lock.ts";
import type {
  HeaderFields,
  Manifest,
  ManifestAsset,
  ManifestFunction,
} from "../contract/manifest.ts";
import { packageKey } from "../contract/package-format.ts";

export type CompiledBuild = Pick<Manifest, "headers" | "assets" | "functions">;

type StoredBuild = {
  headers: HeaderFields[];
  assets: Record<string, ManifestAsset>;
  functions: Record<string, ManifestFunction>;
};

/** The R2 key of a compiled build. */
export function buildKey(serviceSid: string, buildSid: string): string {
  return `builds/${serviceSid}/${buildSid}.json`;
}

/** The R2 keys of all that is stored of a build itself: compiled form, functions, lock. */
export function buildObjectKeys(serviceSid: string, buildSid: string): string[] {
  return [buildKey, packageKey, lockKey].map((key) => key(serviceSid, buildSid));
}

/** Writes the compiled build; the same one again is the same bytes. */
export async function storeBuild(
  bucket: R2Bucket,
  key: string,
  build: CompiledBuild,
): Promise<void> {
  const stored: StoredBuild = {
    headers: build.headers,
    assets: Object.fromEntries(build.assets),
    functions: Object.fromEntries(build.functions),
  };
  await bucket.put(key, JSON.stringify(stored), {
    httpMetadata: { contentType: "application/json" },
  });
}

/** Reads a compiled build; null where it is gone. */
export async function loadBuild(bucket: R2Bucket, key: string): Promise<CompiledBuild | null> {
  const object = await bucket.get(key);
  if (!object) return null;
  const stored = await object.json<StoredBuild>();
  return {
    headers: stored.headers,
    assets: new Map(Object.entries(stored.assets)),
    functions: new Map(Object.entries(stored.functions)),
  };
}
