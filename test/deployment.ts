import { env } from "cloudflare:workers";
import {
  assetKey,
  encodeManifest,
  type HeaderFields,
  type Manifest,
  type ManifestAsset,
  type ManifestVisibility,
} from "../src/contract/manifest.ts";

/** A deployment as a test writes it down: paths and bytes; the rest has defaults. */
export type AssetSource = {
  body: string | Uint8Array;
  type?: string;
  visibility?: ManifestVisibility;
  etag?: string;
  /** Unix seconds. */
  modified?: number;
  headers?: HeaderFields;
};

export const OPERATOR = "AC00000000000000000000000000000001";
/** Sun, 06 Nov 1994 08:49:37 GMT */
export const MODIFIED = 784_111_777;

let serial = 0;

/** 32 hexadecimal digits after a prefix, another one at each call. */
export function testSid(prefix: string): string {
  serial += 1;
  return prefix + serial.toString(16).padStart(32, "0");
}

/** Makes the manifest of `assets` on `hostname` and stores their bytes in R2. */
export async function storeDeployment(
  hostname: string,
  assets: Record<string, AssetSource>,
  owner: Partial<Pick<Manifest, "account" | "service">> = {},
): Promise<Manifest> {
  const manifest: Manifest = {
    hostname,
    account: owner.account ?? OPERATOR,
    service: owner.service ?? testSid("ZS"),
    environment: testSid("ZE"),
    deployment: testSid("ZD"),
    build: testSid("ZB"),
    headers: [],
    assets: new Map(),
    functions: new Map(),
  };
  for (const [path, source] of Object.entries(assets)) {
    const bytes =
      typeof source.body === "string" ? new TextEncoder().encode(source.body) : source.body;
    const digest = await crypto.subtle.digest("SHA-256", bytes as BufferSource);
    const sha256 = new Uint8Array(digest).toHex();
    const asset: ManifestAsset = {
      sid: testSid("ZN"),
      sha256,
      etag: source.etag ?? sha256,
      size: bytes.byteLength,
      type: source.type ?? "text/plain",
      visibility: source.visibility ?? "public",
      modified: source.modified ?? MODIFIED,
      headers: manifest.headers.length,
    };
    manifest.headers.push(
      source.headers ?? [["Cache-Control", "public, max-age=0, must-revalidate"]],
    );
    manifest.assets.set(path, asset);
    await env.BYTES.put(assetKey(manifest.service, asset.sid), bytes as BufferSource);
  }
  return manifest;
}

/** Stores a deployment whole: bytes in R2 and manifest in KV. */
export async function deploy(
  hostname: string,
  assets: Record<string, AssetSource>,
  owner: Partial<Pick<Manifest, "account" | "service">> = {},
): Promise<Manifest> {
  const manifest = await storeDeployment(hostname, assets, owner);
  const { key, value, metadata } = await encodeManifest(manifest);
  await env.MANIFESTS.put(key, value, { metadata });
  return manifest;
}
