/**
 * The compiled build: what every deployment of one build shares, kept in R2. With the names of a
 * deployment and its hostname it is a manifest, so that deploying reads no asset and decides nothing.
 */
import type { HeaderFields, Manifest, ManifestAsset } from "../manifest.ts";

export type CompiledBuild = Pick<Manifest, "headers" | "assets">;

type StoredBuild = {
  headers: HeaderFields[];
  assets: Record<string, ManifestAsset>;
};

/** The R2 key of a compiled build. */
export function buildKey(serviceSid: string, buildSid: string): string {
  return `builds/${serviceSid}/${buildSid}.json`;
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
  return { headers: stored.headers, assets: new Map(Object.entries(stored.assets)) };
}
