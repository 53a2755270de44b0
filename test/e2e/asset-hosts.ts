import { createHash } from "node:crypto";
import {
  encodeEnvironmentRecord,
  environmentRecordKey,
} from "../../src/contract/environment-record.ts";
import {
  assetKey,
  encodeManifest,
  type Manifest,
  type ManifestAsset,
} from "../../src/contract/manifest.ts";
import { packageHeader, packageKey } from "../../src/contract/package-format.ts";
import { ENCRYPTION_KEY, startLocalRuntime } from "./local-runtime.ts";

export const ACCOUNT = "AC00000000000000000000000000000001";
/** Signs for every deployment here. */
export const AUTH_TOKEN = "0123456789abcdef0123456789abcdef";
/** Sun, 06 Nov 1994 08:49:37 GMT */
const MODIFIED = 784_111_777;

export type AssetSource = {
  body: string | Uint8Array;
  type?: string;
  visibility?: "public" | "protected";
};

export type FunctionSource = {
  source: string;
  visibility?: "public" | "protected" | "private";
};

export type AssetHosts = {
  port: number;
  /**
   * Lays `assets` (canonical path → bytes) and functions, which have no library, in the stores, as
   * publishing would.
   */
  deploy(
    hostname: string,
    assets: Record<string, AssetSource>,
    functions?: Record<string, FunctionSource>,
  ): Promise<Manifest>;
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

  async function deploy(
    hostname: string,
    assets: Record<string, AssetSource>,
    functions: Record<string, FunctionSource> = {},
  ): Promise<Manifest> {
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
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      const asset: ManifestAsset = {
        sid: sid("ZN"),
        sha256,
        etag: sha256,
        size: bytes.length,
        type: type ?? "application/octet-stream",
        visibility: visibility ?? "public",
        modified: MODIFIED,
        headers: 0,
      };
      manifest.assets.set(assetPath, asset);
      await stored.put(assetKey(manifest.service, asset.sid), bytes);
    }
    if (Object.keys(functions).length > 0) await layFunctions(manifest, functions);
    const { key, value, metadata } = await encodeManifest(manifest);
    await manifests.put(key, value, { metadata });
    return manifest;
  }

  async function layFunctions(
    manifest: Manifest,
    functions: Record<string, FunctionSource>,
  ): Promise<void> {
    const { service, build, environment } = manifest;
    const files = Object.entries(functions).map(([path, { source, visibility = "public" }]) => {
      if (visibility !== "private") {
        manifest.functions.set(path, { sid: sid("ZH"), visibility, flavour: "light" });
      }
      return { path, name: `functions${path}.js`, bytes: Buffer.from(source) };
    });
    const header = packageHeader({
      functions: Object.fromEntries(files.map(({ path, name }) => [path, name])),
      assets: {},
      files: files.map(({ name, bytes }) => ({
        ...{ name, size: bytes.length, script: { imports: [] } },
      })),
      libraries: [],
      closure: null,
    });
    const pkg = Buffer.concat([header, ...files.map(({ bytes }) => bytes)]);
    await stored.put(packageKey(service, build), pkg);
    const record = { variables: {}, includeCredentials: false };
    await manifests.put(
      environmentRecordKey(environment),
      await encodeEnvironmentRecord(environment, record, ENCRYPTION_KEY),
    );
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
