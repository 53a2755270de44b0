/**
 * The manifest: one hostname's deployment as one KV value. It is all that the side that publishes
 * and the side that serves share; a change here is a change of both.
 */

import { canonicalPath } from "./canonical-path.ts";
import type { Flavour } from "./package-format.ts";

export { canonicalPath };

/** The format this code writes. */
const MANIFEST_FORMAT = 2;
/**
 * What version 0.1.0 wrote, and is served as it was until it is published again: the bytes' digest is
 * the entity tag, and paths may be decomposed.
 */
const FIRST_FORMAT = 1;

/** The asset that `/` shows where a build stores nothing as `/` (contract 4). */
export const ROOT_DOCUMENT = "/assets/index.html";

/** Private assets have no entry in a manifest: what the gateway does not know it cannot leak. */
export type ManifestVisibility = "public" | "protected";

export type HeaderFields = [name: string, value: string][];

export type ManifestAsset = {
  /** Asset version SID (ZN…): with the service SID, the key of the bytes. */
  sid: string;
  /** Lower-case hexadecimal SHA-256 of the bytes. */
  sha256: string;
  /**
   * The strong entity tag, without its quotes: it changes with all that an owner can change in the
   * 200, which is its bytes, its media type and its header set.
   */
  etag: string;
  /** Bytes. */
  size: number;
  /** Content-Type, as uploaded. */
  type: string;
  visibility: ManifestVisibility;
  /**
   * Last-Modified, Unix seconds: since when the hostname answers this path so. It may lie ahead by
   * the number of deployments that came within its second.
   */
  modified: number;
  /** Index into the manifest's `headers`. */
  headers: number;
};

export type ManifestFunction = {
  /** Function SID (ZH…): what its log lines are filed under. */
  sid: string;
  /** Private functions, like private assets, have no entry. */
  visibility: ManifestVisibility;
  flavour: Flavour;
};

export type Manifest = {
  /** The name this manifest answers under: lower case, no port, no trailing dot. */
  hostname: string;
  account: string;
  service: string;
  environment: string;
  deployment: string;
  build: string;
  /** Other names of the same deployment, where it has some: who signs over one of them is told. */
  hostnames?: string[];
  /**
   * The header sets of the assets, complete but for what the gateway derives from an asset's own
   * entry: Content-Type, Content-Length, ETag, Last-Modified, Accept-Ranges.
   */
  headers: HeaderFields[];
  /** Canonical path → asset. */
  assets: Map<string, ManifestAsset>;
  /** Canonical path → function; no path is in both. */
  functions: Map<string, ManifestFunction>;
};

export type EncodedManifest = { key: string; value: string; metadata: ManifestMetadata };

/** Stands beside the value in KV, so that an unchanged manifest is recognised without reading it. */
export type ManifestMetadata = { revision: string; deployment: string };

export type DecodedManifest =
  | { ok: true; manifest: Manifest }
  | { ok: false; reason: "manifest-corrupt" | "manifest-future"; detail: string };

/** The KV key of the manifest of `hostname` (lower case, no port). */
export function manifestKey(hostname: string): string {
  return `host:${hostname}`;
}

/** The R2 key of an asset version's bytes, written once and never again. */
export function assetKey(serviceSid: string, versionSid: string): string {
  return `assets/${serviceSid}/${versionSid}`;
}

/** Returns the KV entry of `manifest`; equal manifests give equal bytes and an equal revision. */
export async function encodeManifest(manifest: Manifest): Promise<EncodedManifest> {
  const { hostname, account, service, environment, deployment, build, headers } = manifest;
  const assets = encodePaths(manifest.assets, encodeAsset);
  const functions = encodePaths(manifest.functions, encodeFunction);
  const { hostnames = [] } = manifest;
  const value = JSON.stringify({
    format: MANIFEST_FORMAT,
    ...(hostnames.length === 0 ? {} : { hostnames }),
    ...{ hostname, account, service, environment, deployment, build, headers, assets, functions },
  });
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(value));
  const revision = new Uint8Array(digest).toHex();
  return { key: manifestKey(hostname), value, metadata: { revision, deployment } };
}

/** An object in the order of its paths, and so the same text however the map was filled. */
function encodePaths<Entry>(entries: Map<string, Entry>, encode: (entry: Entry) => Entry) {
  return Object.fromEntries(
    [...entries.keys()].sort().map((path) => [path, encode(entries.get(path) as Entry)]),
  );
}

function encodeFunction({ sid, visibility, flavour }: ManifestFunction): ManifestFunction {
  return { sid, visibility, flavour };
}

function encodeAsset(asset: ManifestAsset): ManifestAsset {
  const { sid, sha256, etag, size, type, visibility, modified, headers } = asset;
  return { sid, sha256, etag, size, type, visibility, modified, headers };
}

/**
 * Reads the KV value found under `hostname`. A value that is not whole, not of this format, or made
 * for another hostname is refused whole: half a manifest is how a protected asset turns public.
 */
export function decodeManifest(value: string, hostname: string): DecodedManifest {
  let raw: Record<string, unknown>;
  try {
    const parsed: unknown = JSON.parse(value);
    if (!isRecord(parsed)) return corrupt("not an object");
    raw = parsed;
  } catch {
    return corrupt("not JSON");
  }
  if (typeof raw.format !== "number") return corrupt("no format");
  if (raw.format !== MANIFEST_FORMAT && raw.format !== FIRST_FORMAT) {
    return { ok: false, reason: "manifest-future", detail: `format ${raw.format}` };
  }
  if (raw.hostname !== hostname) return corrupt("hostname");
  for (const [field, prefix] of SID_FIELDS) {
    if (!isSid(raw[field], prefix)) return corrupt(field);
  }
  const headers = raw.headers;
  if (!Array.isArray(headers) || !headers.every(isHeaderFields)) return corrupt("headers");
  if (!isRecord(raw.assets)) return corrupt("assets");
  const first = raw.format === FIRST_FORMAT;
  const assets = new Map<string, ManifestAsset>();
  for (const path of Object.keys(raw.assets)) {
    const entry = raw.assets[path];
    const asset = first && isRecord(entry) ? { ...entry, etag: entry.sha256 } : entry;
    if (!isStoredPath(path, first)) return corrupt(`path ${path}`);
    if (!isManifestAsset(asset, headers.length)) return corrupt(`asset ${path}`);
    assets.set(path, asset);
  }
  if (!isRecord(raw.functions)) return corrupt("functions");
  const functions = new Map<string, ManifestFunction>();
  for (const path of Object.keys(raw.functions)) {
    const fn = raw.functions[path];
    if (!isStoredPath(path, first) || assets.has(path)) return corrupt(`path ${path}`);
    if (!isManifestFunction(fn)) return corrupt(`function ${path}`);
    functions.set(path, fn);
  }
  const hostnames: unknown = raw.hostnames ?? [];
  if (!Array.isArray(hostnames) || !hostnames.every((name) => typeof name === "string")) {
    return corrupt("hostnames");
  }
  const { account, service, environment, deployment, build } = raw as Record<string, string>;
  return {
    ok: true,
    manifest: {
      hostname,
      account,
      service,
      environment,
      deployment,
      build,
      headers,
      assets: first ? composedPaths(assets) : assets,
      functions: first ? composedPaths(functions) : functions,
      ...(hostnames.length === 0 ? {} : { hostnames }),
    } as Manifest,
  };
}

function isStoredPath(path: string, first: boolean): boolean {
  const canonical = canonicalPath(path);
  return canonical === path || (first && canonical !== null && decomposes(path, canonical));
}

/** Whether `path` was canonical before paths were composed, and `canonical` is its composed form. */
function decomposes(path: string, canonical: string): boolean {
  return decodeURIComponent(path).normalize("NFC") === decodeURIComponent(canonical);
}

/**
 * The same entries under canonical paths, in the order of these: those of 0.1.0 could be decomposed.
 * Where both spellings were stored, the one that is composed already stays.
 */
export function composedPaths<Entry>(entries: Map<string, Entry>): Map<string, Entry> {
  const composed = new Map<string, Entry>();
  for (const [path, entry] of entries) {
    const canonical = canonicalPath(path) as string;
    if (canonical === path || !entries.has(canonical)) composed.set(canonical, entry);
  }
  return new Map([...composed].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const SID_FIELDS = [
  ["account", "AC"],
  ["service", "ZS"],
  ["environment", "ZE"],
  ["deployment", "ZD"],
  ["build", "ZB"],
] as const;

const SHA256 = /^[0-9a-f]{64}$/;
const ETAG = /^[0-9A-Za-z_-]{22,64}$/;
const SID_DIGITS = /^[A-Z]{2}[0-9a-fA-F]{32}$/;
const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** RFC 9110 5.5: visible characters, inner spaces and tabs; never CR, LF or NUL. */
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

function isManifestAsset(asset: unknown, headerSets: number): asset is ManifestAsset {
  return (
    isRecord(asset) &&
    isSid(asset.sid, "ZN") &&
    typeof asset.sha256 === "string" &&
    SHA256.test(asset.sha256) &&
    typeof asset.etag === "string" &&
    ETAG.test(asset.etag) &&
    isCount(asset.size) &&
    isCount(asset.modified) &&
    typeof asset.type === "string" &&
    FIELD_VALUE.test(asset.type) &&
    (asset.visibility === "public" || asset.visibility === "protected") &&
    isCount(asset.headers) &&
    asset.headers < headerSets
  );
}

function isManifestFunction(fn: unknown): fn is ManifestFunction {
  return (
    isRecord(fn) &&
    isSid(fn.sid, "ZH") &&
    (fn.visibility === "public" || fn.visibility === "protected") &&
    (fn.flavour === "light" || fn.flavour === "sdk")
  );
}

function isHeaderFields(fields: unknown): fields is HeaderFields {
  return (
    Array.isArray(fields) &&
    fields.every(
      (field) =>
        Array.isArray(field) &&
        field.length === 2 &&
        typeof field[0] === "string" &&
        typeof field[1] === "string" &&
        FIELD_NAME.test(field[0]) &&
        FIELD_VALUE.test(field[1]),
    )
  );
}

function isSid(value: unknown, prefix: string): value is string {
  return typeof value === "string" && value.startsWith(prefix) && SID_DIGITS.test(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function corrupt(detail: string): DecodedManifest {
  return { ok: false, reason: "manifest-corrupt", detail };
}
