import { workedOn } from "../../contract/slices.ts";
import { membersOf, type Span, valueAt } from "./json-members.ts";
import { LIMITS, mebibytes } from "./limits.ts";
import { Refusal, Unavailable } from "./refusal.ts";
import { placeOf } from "./registry-settings.ts";

/** What is used of one version's manifest. */
export type PackageManifest = {
  name: string;
  version: string;
  dependencies: Record<string, string>;
  optionalDependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
  optionalPeers: string[];
  /** `sha512-…` where the registry has it, else `sha1-…`. */
  integrity: string;
  /** Path below the registry's address. */
  tarball: string;
  hasInstallScript: boolean;
  /** Whether it is for one operating system or processor: native code. */
  forOneMachine: boolean;
};

/** The versions of a package. */
export type PackageDocument = {
  /** Whether it was kept from before: there may be newer versions. */
  isKept: boolean;
  versions: string[];
  tags: Record<string, string>;
  isDeprecated(version: string): boolean;
  manifest(version: string): PackageManifest | undefined;
};

export type Registry = {
  /**
   * Throws Refusal where there is none, Unavailable where the registry is not well. `anew`: as the
   * registry has it now.
   */
  document(name: string, anew?: boolean): Promise<PackageDocument>;
  /** The bytes of a tarball of the package `name`, as they come. */
  tarball(name: string, path: string): Promise<ReadableStream<Uint8Array>>;
  /** Requests made so far. */
  requests(): number;
};

/** Where packages come from: `scope` null has all that no scope's registry has. */
export type Registries = { scope: string | null; address: string }[];

/** Milliseconds until an answer begins, and until a document and a tarball have come whole. */
export const PATIENCE = { answer: 30_000, document: 60_000, tarball: 180_000 };

/** A document larger than this is read alone: several at once would not fit into memory. */
const LARGE = 8 * 1024 * 1024;

const NAME = /^(?:@[a-z\d~-][\w.~-]*\/)?[a-z\d~_-][\w.~-]*$/i;

/** Whether `name` can be a package's (npm's rules, those of old names). */
export function isPackageName(name: string): boolean {
  return name.length <= 214 && NAME.test(name) && !name.includes("..");
}

/**
 * The registries at `places`, which the configuration alone gives. Nothing else is ever asked: a document
 * cannot name another place. Where the configuration is none, every package is refused by `fault`.
 */
export function openRegistry(
  { places, fault }: { places: Registries; fault: string | null },
  patience = PATIENCE,
  pauses: readonly number[] = PAUSES,
): Registry {
  let requests = 0;
  let documentBytes = 0;
  let large: Promise<unknown> = Promise.resolve();

  function baseOf(name: string): URL {
    const place = placeOf(places, name);
    if (place === undefined) throw new Refusal(fault ?? "This installation has no npm registry");
    return new URL(place.address);
  }

  async function get(
    base: URL,
    path: string,
    headers: Record<string, string>,
    milliseconds: number,
  ): Promise<Response> {
    const url = new URL(path, base);
    if (url.origin !== base.origin || !url.pathname.startsWith(base.pathname)) {
      throw new Refusal(`${path} is not in the registry`);
    }
    const response = await attempts(pauses, async () => {
      requests += 1;
      const stop = new AbortController();
      const late = setTimeout(() => stop.abort(), patience.answer);
      const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(milliseconds)]);
      try {
        return await fetch(url, { headers, redirect: "manual", signal });
      } finally {
        clearTimeout(late);
      }
    });
    if (response.ok || response.status === 404) return response;
    await response.body?.cancel();
    if (response.status === 401 || response.status === 403) {
      throw new Refusal(
        `The registry refuses ${path} (${response.status}): the installation's token for it is missing, or is not valid`,
      );
    }
    throw new Unavailable(`The registry answered ${response.status} for ${path}`);
  }

  async function fetchDocument(name: string, anew: boolean): Promise<PackageDocument> {
    const base = baseOf(name);
    const accept = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8";
    const headers = { accept, ...(anew && { "cache-control": "no-cache" }) };
    const response = await get(base, name.replace("/", "%2f"), headers, patience.document);
    if (response.status === 404) {
      await response.body?.cancel();
      throw new Refusal(`There is no package ${name} in the registry`);
    }
    let turn = () => {};
    const bytes = await whole(response, name, async () => {
      const before = large;
      large = new Promise<void>((resolve) => {
        turn = resolve;
      });
      await before;
    }).catch((error) => {
      turn();
      throw error;
    });
    try {
      documentBytes += bytes.byteLength;
      if (documentBytes > LIMITS.documentsBytes) {
        throw new Refusal(
          `The registry's documents of all dependencies have more than ${mebibytes(LIMITS.documentsBytes)}`,
        );
      }
      const isKept = response.headers.has(KEPT);
      await workedOn(bytes.byteLength);
      const document = readDocument(name, bytes, base, isKept);
      if (document !== null) return document;
      if (!isKept) throw new Unavailable(`The registry's document of ${name} is no JSON object`);
    } finally {
      turn();
    }
    return fetchDocument(name, true);
  }

  return {
    requests: () => requests,

    async document(name, anew = false) {
      if (!isPackageName(name)) throw new Refusal(`${JSON.stringify(name)} is no package name`);
      return fetchDocument(name, anew);
    },

    async tarball(name, path) {
      const accept = "application/octet-stream";
      const response = await get(baseOf(name), path, { accept }, patience.tarball);
      if (response.status === 404 || response.body === null) {
        throw new Refusal(`The registry has no ${path}`);
      }
      return response.body;
    },
  };
}

/** Stands on an answer that was kept from before: registry-documents.ts. */
const KEPT = "x-kept";

/** Milliseconds to wait before a second and a third try. */
const PAUSES = [300, 1_500];

/** Tries again where nothing was answered, or a fault of the registry's own. */
async function attempts(
  pauses: readonly number[],
  ask: () => Promise<Response>,
): Promise<Response> {
  for (let attempt = 0; ; attempt++) {
    const pause = pauses[attempt];
    try {
      const response = await ask();
      if (pause === undefined || (response.status < 500 && response.status !== 429))
        return response;
      await response.body?.cancel();
    } catch (error) {
      if (pause === undefined) {
        const { name, message } = error as Error;
        const isLate = name === "AbortError" || name === "TimeoutError";
        throw new Unavailable(`The registry does not answer (${isLate ? "too late" : message})`);
      }
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

async function whole(
  response: Response,
  name: string,
  takeTurn: () => Promise<void>,
): Promise<Uint8Array> {
  const { documentBytes: maxByteLength } = LIMITS;
  const buffer = new ArrayBuffer(64 * 1024, { maxByteLength });
  let size = 0;
  try {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      if (size <= LARGE && size + chunk.byteLength > LARGE) await takeTurn();
      const end = size + chunk.byteLength;
      if (end > maxByteLength) {
        throw new Refusal(
          `The registry's document of ${name} has more than ${mebibytes(maxByteLength)}`,
        );
      }
      if (end > buffer.byteLength) buffer.resize(Math.min(maxByteLength, 2 * end));
      new Uint8Array(buffer).set(chunk, size);
      size = end;
    }
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Unavailable(`The registry broke off its document of ${name}`);
  }
  return new Uint8Array(buffer, 0, size);
}

type RawManifest = {
  dist?: { integrity?: unknown; shasum?: unknown; tarball?: unknown };
  dependencies?: unknown;
  optionalDependencies?: unknown;
  peerDependencies?: unknown;
  peerDependenciesMeta?: unknown;
  hasInstallScript?: unknown;
  /** In documents that are not abbreviated: what tells the same. */
  scripts?: unknown;
  gypfile?: unknown;
  deprecated?: unknown;
  os?: unknown;
  cpu?: unknown;
};

/** Reads of a document what it is asked for: a large one has hundreds of versions. Null for no JSON object. */
function readDocument(
  name: string,
  bytes: Uint8Array,
  base: URL,
  isKept: boolean,
): PackageDocument | null {
  const top = membersOf(bytes, 0);
  if (top === null) return null;
  const versions = membersAt(bytes, top.get("versions"));
  const tags = strings(valueAt(bytes, top.get("dist-tags")));
  const raw = (version: string) => {
    const value = valueAt(bytes, versions.get(version));
    return isRecord(value) ? (value as RawManifest) : undefined;
  };
  return {
    isKept,
    versions: [...versions.keys()],
    tags,
    isDeprecated: (version) => Boolean(raw(version)?.deprecated),
    manifest: (version) => {
      const found = raw(version);
      return found && readManifest(name, version, found, base);
    },
  };
}

function membersAt(bytes: Uint8Array, span: Span | undefined): Map<string, Span> {
  return (span && membersOf(bytes, span.start)) ?? new Map();
}

function readManifest(name: string, version: string, raw: RawManifest, base: URL): PackageManifest {
  const optionalDependencies = strings(raw.optionalDependencies);
  const dependencies = strings(raw.dependencies);
  // npm repeats an optional dependency among the others.
  for (const key of Object.keys(optionalDependencies)) delete dependencies[key];
  const { peerDependenciesMeta: meta } = raw;
  const optionalPeers = isRecord(meta)
    ? Object.keys(meta).filter((key) => isRecord(meta[key]) && meta[key].optional === true)
    : [];
  // Some name an optional peer there alone.
  const named = Object.fromEntries(optionalPeers.map((key) => [key, "*"]));
  return {
    name,
    version,
    dependencies,
    optionalDependencies,
    peerDependencies: { ...named, ...strings(raw.peerDependencies) },
    optionalPeers,
    integrity: integrityOf(`${name}@${version}`, raw.dist ?? {}),
    tarball: tarballPath(raw.dist?.tarball, base) ?? defaultTarball(name, version),
    hasInstallScript: hasInstallScript(raw),
    forOneMachine: raw.os !== undefined || raw.cpu !== undefined,
  };
}

const INSTALL_SCRIPTS = ["preinstall", "install", "postinstall"];

function hasInstallScript({ hasInstallScript: told, gypfile, scripts }: RawManifest): boolean {
  const named = isRecord(scripts) && INSTALL_SCRIPTS.some((name) => Object.hasOwn(scripts, name));
  return told === true || gypfile === true || named;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function strings(value: unknown): Record<string, string> {
  const entries = isRecord(value) ? Object.entries(value) : [];
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

/**
 * SHA-512 where the registry has it. Some packages of before 2017 have SHA-1 alone: it is taken,
 * since no npm would install them otherwise, and the lock then holds the SHA-512 of what came.
 */
function integrityOf(id: string, dist: NonNullable<RawManifest["dist"]>): string {
  const listed = typeof dist.integrity === "string" ? dist.integrity.split(/\s+/) : [];
  const strong = listed.find((hash) => /^sha512-[\w+/]{86}==$/.test(hash));
  if (strong !== undefined) return strong;
  if (typeof dist.shasum === "string" && /^[\da-f]{40}$/i.test(dist.shasum)) {
    return `sha1-${Uint8Array.fromHex(dist.shasum).toBase64()}`;
  }
  throw new Refusal(`The registry gives no checksum of ${id}`);
}

function tarballPath(address: unknown, base: URL): string | null {
  if (typeof address !== "string" || !URL.canParse(address)) return null;
  const url = new URL(address);
  return url.host === base.host && url.pathname.startsWith(base.pathname)
    ? url.pathname.slice(base.pathname.length)
    : null;
}

function defaultTarball(name: string, version: string): string {
  return `${name}/-/${name.slice(name.indexOf("/") + 1)}-${version}.tgz`;
}
