import { createHash } from "node:crypto";
import { assetKey, encodeManifest, type Manifest, type ManifestAsset } from "../../src/manifest.ts";
import { startLocalRuntime } from "./local-runtime.ts";

const ACCOUNT = "AC00000000000000000000000000000001";
/** Signs for every deployment here. */
export const AUTH_TOKEN = "0123456789abcdef0123456789abcdef";
/** Sun, 06 Nov 1994 08:49:37 GMT */
const MODIFIED = 784_111_777;

export type AssetSource = {
  body: string | Uint8Array;
  type?: string;
  visibility?: "public" | "protected";
};

export type AssetHosts = {
  port: number;
  /** Lays `assets` (canonical path → bytes) in the stores, as publishing would. */
  deploy(hostname: string, assets: Record<string, AssetSource>): Promise<Manifest>;
  /** Stores bytes that no manifest names. */
  store(key: string, body: string): Promise<unknown>;
  close(): Promise<void>;
};

/** Starts the Worker as `npm start` does, on a free port with empty stores. */
export async function startAssetHosts(): Promise<AssetHosts> {
  const { miniflare, port, stop } = await startLocalRuntime({
    accountSid: ACCOUNT,
    authToken: AUTH_TOKEN,
  });
  const manifests = await miniflare.getKVNamespace("MANIFESTS", "ringback");
  const stored = await miniflare.getR2Bucket("BYTES", "ringback");

  async function deploy(hostname: string, assets: Record<string, AssetSource>): Promise<Manifest> {
    const manifest: Manifest = {
      hostname,
      account: ACCOUNT,
      service: sid("ZS"),
      environment: sid("ZE"),
      deployment: sid("ZD"),
      build: sid("ZB"),
      headers: [[["Cache-Control", "public, max-age=0, must-revalidate"]]],
      assets: new Map(),
      functions: new Map(),
    };
    for (const [assetPath, { body, type, visibility }] of Object.entries(assets)) {
      const bytes = Buffer.from(body as string);
      const asset: ManifestAsset = {
        sid: sid("ZN"),
        sha256: createHash("sha256").update(bytes).digest("hex"),
        size: bytes.length,
        type: type ?? "application/octet-stream",
        visibility: visibility ?? "public",
        modified: MODIFIED,
        headers: 0,
      };
      manifest.assets.set(assetPath, asset);
      await stored.put(assetKey(manifest.service, asset.sid), bytes);
    }
    const { key, value, metadata } = await encodeManifest(manifest);
    await manifests.put(key, value, { metadata });
    return manifest;
  }

  return {
    port,
    deploy,
    store: (key, body) => stored.put(key, body),
    close: stop,
  };
}

let serial = 0;

function sid(prefix: string): string {
  serial += 1;
  return prefix + serial.toString(16).padStart(32, "0");
}
