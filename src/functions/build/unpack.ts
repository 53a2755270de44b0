import { gunzipSync } from "node:zlib";
import type { LockedPackage } from "../../contract/lock.ts";
import { workedOn } from "../../contract/slices.ts";
import type { Bucket } from "./bucket.ts";
import { LIMITS, mebibytes } from "./limits.ts";
import { Refusal, Unavailable } from "./refusal.ts";
import type { Registry } from "./registry.ts";
import { scanScript } from "./scan.ts";
import { DamagedArchive, tarEntries } from "./tar.ts";

/** `s` script, `j` JSON, `d` other data. */
export type FileKind = "s" | "j" | "d";

export type IndexedFile = {
  kind: FileKind;
  /** The part of the package that it stands in, and where in that. */
  part: number;
  offset: number;
  size: number;
  specifiers?: string[];
  /** How names begin that it makes as it runs. */
  starts?: string[];
  /** Reads which files there are beside it. */
  lists?: true;
  esm?: true;
  readsFiles?: true;
  /** CommonJS whose text has to change: import() calls, a byte order mark, a hashbang. */
  touched?: true;
  /** Makes code of text. */
  evals?: true;
  /** Compiles WebAssembly. */
  assembles?: true;
  /** Requires what stands in no literal. */
  computed?: true;
  /** Asks for Twilio's client. */
  usesClient?: true;
};

/** What is known of an unpacked package without its bytes. */
export type PackageIndex = {
  name: string;
  version: string;
  files: Record<string, IndexedFile>;
  /** Every package.json, whose `type` and `main` resolution asks for. */
  manifests: Record<string, PackageJson>;
  /** Names of files that are native code. */
  native: string[];
  /** Files that are left out, since they have more bytes than a file may have: name → bytes. */
  tooLarge?: Record<string, number>;
  /** SHA-512 of the tarball. */
  integrity: string;
  /** What its parts are named after: whoever unpacks it at the same time writes others. */
  parts: string;
};

export type PackageJson = {
  name?: string | undefined;
  version?: string | undefined;
  main?: string | undefined;
  type?: string | undefined;
  exports?: unknown;
  imports?: unknown;
  browser?: unknown;
};

/** A part of the unpacked packages' layout: a change of what unpacking finds starts anew. */
const LAYOUT = 6;

/** Where an unpacked package stands in R2: by its tarball's checksum. */
export function unpackedKey(integrity: string): string {
  const digest = integrity.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return `npm/${LAYOUT}/${digest}`;
}

/** How many bytes packages unpacked to in this build. */
export type UnpackBudget = { unpacked: number };

/**
 * Makes sure that a package stands unpacked in R2, its index last, and returns that index. The
 * tarball is hashed, gunzipped and read in one pass; nothing of it is run. Throws Refusal for one
 * that is not what the registry named, or no package; Unavailable where the registry breaks off.
 */
export async function unpackPackage(
  bucket: Bucket,
  registry: Registry,
  pkg: LockedPackage,
  budget: UnpackBudget,
): Promise<PackageIndex> {
  const key = unpackedKey(pkg.integrity);
  const known = await bucket.get(`${key}/index.json`);
  if (known !== null) return JSON.parse(decode(known)) as PackageIndex;
  return unpack(bucket, registry, pkg, budget, false);
}

/** What the runtime's own decoder says of bytes behind the end; npm passes over them. */
const TRAILING = /^Trailing bytes/;

async function unpack(
  bucket: Bucket,
  registry: Registry,
  pkg: LockedPackage,
  budget: UnpackBudget,
  trailing: boolean,
): Promise<PackageIndex> {
  const key = unpackedKey(pkg.integrity);
  const body = await registry.tarball(pkg.name, pkg.tarball);
  const tarball = readTarball(body, pkg, budget, trailing ? lenientGunzip() : strictGunzip());
  const parts = new PartWriter(bucket, key);
  const index: PackageIndex = {
    ...{ name: pkg.name, version: pkg.version, files: {}, manifests: {}, native: [] },
    ...{ integrity: "", parts: parts.name },
  };
  try {
    await addFiles(index, parts, tarball.unzipped, pkg);
    index.integrity = await tarball.finish();
    await parts.close();
  } catch (error) {
    // What went wrong with the bytes as they came says more than what came of it.
    const cause = error instanceof Refusal ? error : ((await tarball.failure()) ?? error);
    if (cause instanceof Refusal || cause instanceof Unavailable) throw cause;
    if (!trailing && cause instanceof TypeError && TRAILING.test(cause.message)) {
      return unpack(bucket, registry, pkg, budget, true);
    }
    if (!(cause instanceof DamagedArchive || cause instanceof TypeError)) throw cause;
    throw new Refusal(`${pkg.id}: its tarball cannot be read (${cause.message})`);
  }
  await bucket.put(`${key}/index.json`, encode(JSON.stringify(index)));
  return index;
}

async function addFiles(
  index: PackageIndex,
  parts: PartWriter,
  tar: AsyncIterable<Uint8Array>,
  { id }: LockedPackage,
): Promise<void> {
  let entries = 0;
  let kept = 0;
  for await (const entry of tarEntries(tar)) {
    entries += 1;
    if (entries > LIMITS.tarEntries) {
      throw new Refusal(`${id} has more than ${LIMITS.tarEntries} files`);
    }
    const name = nameBelow(entry.name);
    if (entry.type === "other") continue;
    if (name === null || entry.type === "link") {
      const what = entry.type === "link" ? "is a link" : "would stand outside of it";
      throw new Refusal(`${id} has a file that ${what}: ${JSON.stringify(entry.name)}`);
    }
    if (name.endsWith(".node") || name === "binding.gyp") index.native.push(name);
    const kind = keptAs(name);
    const limit = kind === "d" ? LIMITS.dataBytes : LIMITS.fileBytes;
    if (kind === null) continue;
    if (entry.size > limit) {
      index.tooLarge = { ...index.tooLarge, [name]: entry.size };
      continue;
    }
    kept += entry.size;
    if (kept > LIMITS.keptBytes) {
      throw new Refusal(`${id} has more than ${mebibytes(LIMITS.keptBytes)} of code`);
    }
    const bytes = await entry.bytes();
    const file: IndexedFile = { kind, ...(await parts.write(bytes)), size: bytes.byteLength };
    if (kind === "s") Object.assign(file, scriptFacts(bytes));
    else if (/(?:^|\/)package\.json$/.test(name))
      index.manifests[name] = packageJson(decode(bytes));
    index.files[name] = file;
    await workedOn(entry.size);
  }
}

function scriptFacts(bytes: Uint8Array): Partial<IndexedFile> {
  const text = decode(bytes);
  const facts = scanScript(text);
  const { specifiers, starts, lists, esm, readsFiles, dynamic, evals, computed, usesClient } =
    facts;
  return {
    ...(specifiers.length > 0 && { specifiers }),
    ...(starts.length > 0 && { starts }),
    ...(lists && { lists }),
    ...(esm && { esm }),
    ...(readsFiles && { readsFiles }),
    ...((dynamic || text.startsWith("#!") || bytes[0] === 0xef) && { touched: true as const }),
    ...(evals && { evals }),
    ...(facts.assembles && { assembles: true as const }),
    ...(computed && { computed }),
    ...(usesClient && { usesClient }),
  };
}

type Tarball = {
  unzipped: AsyncIterable<Uint8Array>;
  /** Waits for the end and returns the SHA-512; throws where the bytes are not the registry's. */
  finish(): Promise<string>;
  /** Why the bytes did not all come, where they did not. */
  failure(): Promise<unknown>;
};

type Gunzip = { unzipped: AsyncIterable<Uint8Array>; writable: WritableStream<Uint8Array> };

function strictGunzip(): Gunzip {
  const { readable, writable } = new DecompressionStream("gzip");
  return { unzipped: chunksOf(readable as ReadableStream<Uint8Array>), writable } as Gunzip;
}

/** Bytes of a tarball with something behind its end, which is held whole, and of what it unpacks to. */
const LENIENT = { packed: 4 * 1024 * 1024, unpacked: 32 * 1024 * 1024 };

/** Node's takes what stands behind the end for nothing. */
function lenientGunzip(): Gunzip {
  const { promise: whole, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const held: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  // Who reads hears of what went wrong.
  whole.catch(() => {});
  return {
    unzipped: (async function* () {
      yield await whole;
    })(),
    writable: new WritableStream<Uint8Array>({
      write(chunk) {
        size += chunk.byteLength;
        if (size > LENIENT.packed) throw new DamagedArchive("there is something behind its end");
        held.push(chunk.slice());
      },
      async close() {
        try {
          const packed = new Uint8Array(await new Blob(held).arrayBuffer());
          resolve(gunzipSync(packed, { maxOutputLength: LENIENT.unpacked }));
        } catch (error) {
          reject(error);
          throw error;
        }
      },
      abort: reject,
    }),
  };
}

function readTarball(
  body: ReadableStream<Uint8Array>,
  { id, integrity }: LockedPackage,
  budget: UnpackBudget,
  gunzip: Gunzip,
): Tarball {
  const strong = new crypto.DigestStream("SHA-512");
  const weak = integrity.startsWith("sha1-") ? new crypto.DigestStream("SHA-1") : null;
  // Nobody waits for the checksum of what broke off.
  for (const digest of [strong, weak]) digest?.digest.catch(() => {});
  const sinks = [gunzip.writable, strong, ...(weak ? [weak] : [])].map((sink) => sink.getWriter());
  const feed = async () => {
    let received = 0;
    try {
      for await (const chunk of chunksOf(body)) {
        received += chunk.byteLength;
        if (received > LIMITS.tarballBytes) {
          throw new Refusal(`${id}: its tarball has more than ${mebibytes(LIMITS.tarballBytes)}`);
        }
        await Promise.all(sinks.map((sink) => sink.write(chunk)));
        await workedOn(chunk.byteLength);
      }
      await Promise.all(sinks.map((sink) => sink.close()));
    } catch (error) {
      await Promise.all(sinks.map((sink) => sink.abort(error).catch(() => {})));
      throw error;
    }
  };
  let failure: unknown = null;
  const fed = feed().catch((error) => {
    const known = error instanceof Refusal || error instanceof TypeError;
    failure = known ? error : new Unavailable(`The registry broke off the tarball of ${id}`);
  });
  return {
    unzipped: limited(gunzip.unzipped, id, budget),
    async finish() {
      await fed;
      if (failure !== null) throw failure;
      const sha512 = `sha512-${new Uint8Array(await strong.digest).toBase64()}`;
      const actual = weak ? `sha1-${new Uint8Array(await weak.digest).toBase64()}` : sha512;
      if (actual !== integrity) {
        throw new Refusal(`${id}: its tarball is not the one that the registry names`);
      }
      return sha512;
    },
    async failure() {
      // What reads has stopped, so nothing goes on coming: a failure of the source is known by then.
      await Promise.race([fed, new Promise((resolve) => setTimeout(resolve, 50))]);
      return failure;
    },
  };
}

/** Pieces of 64 KB: the usual 4 KB would cost five times the processor time. */
const CHUNK = 64 * 1024;

/** A chunk is good until the next one is asked for: all are read into one buffer. */
async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader({ mode: "byob" });
  let buffer = new ArrayBuffer(CHUNK);
  try {
    for (;;) {
      const { done, value } = await reader.readAtLeast(CHUNK, new Uint8Array(buffer));
      if (value !== undefined && value.byteLength > 0) yield value;
      if (done || value === undefined) return;
      buffer = value.buffer as ArrayBuffer;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

async function* limited(
  chunks: AsyncIterable<Uint8Array>,
  id: string,
  budget: UnpackBudget,
): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.byteLength;
    budget.unpacked += chunk.byteLength;
    if (size > LIMITS.unpackedBytes) {
      throw new Refusal(`${id} unpacks to more than ${mebibytes(LIMITS.unpackedBytes)}`);
    }
    if (budget.unpacked > LIMITS.totalUnpackedBytes) {
      throw new Refusal(
        `The dependencies unpack to more than ${mebibytes(LIMITS.totalUnpackedBytes)} together`,
      );
    }
    await workedOn(chunk.byteLength / 4);
    yield chunk;
  }
}

/** The name below the package's folder, whatever the archive calls that; null where it is not below. */
function nameBelow(name: string): string | null {
  // Some packers write `package/./lib/x`.
  const below = name.replaceAll(/\/(?:\.\/)+/g, "/").replace(/^(?:\.\/)?[^/]+\//, "");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: refusing control characters is the rule.
  const unusable = /(?:^|\/)\.\.?(?:\/|$)|\/\/|^\/|[\u0000-\u001f\\]/;
  return below === "" || unusable.test(below) || /^(?:\/|\.\.\/)/.test(name) ? null : below;
}

const UNUSED =
  /(?:\.d\.[cm]?ts|\.[cm]?tsx?|\.map|\.md|\.markdown|\.flow|\.jsx|\.coffee|\.s[ca]ss|\.less|\.png|\.jpe?g|\.gif|\.ico|\.pdf|\.zip|\.tgz|\.tsbuildinfo|\.node|\.c|\.cc|\.cpp|\.h|\.gyp|\.lock|\.sh|\.ps1|\.exe|\.dll|\.so|\.dylib|\.o|\.a)$/i;
const UNUSED_NAME =
  /(?:^|\/)(?:licen[cs]e|licen[cs]es|copying|notice|authors|changelog|changes|history|contributing|readme|makefile|\.[^/]+)(?:\.[^/]*)?$/i;
const UNUSED_FOLDER = /(?:^|\/)(?:__tests__|__mocks__|\.github|\.vscode|coverage)\//;

function keptAs(name: string): FileKind | null {
  if (UNUSED_FOLDER.test(name)) return null;
  if (/\.[cm]?js$/i.test(name)) return "s";
  if (/\.json$/i.test(name)) return "j";
  if (UNUSED.test(name) || UNUSED_NAME.test(name)) return null;
  // Scripts without an extension are required at times.
  return "d";
}

function packageJson(text: string): PackageJson {
  try {
    const { name, version, main, type, exports, imports, browser } = JSON.parse(
      text.replace(/^\uFEFF/, ""),
    );
    const plainMain = typeof main === "string" ? main : undefined;
    return { name, version, main: plainMain, type, exports, imports, browser };
  } catch {
    return {};
  }
}

const decoder = new TextDecoder();
export function decode(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

const encoder = new TextEncoder();
export function encode(text: string): Uint8Array {
  return encoder.encode(text);
}

const PART = 8 * 1024 * 1024;

/** The R2 key of a part of the package of `index`, which the lock knows by `integrity`. */
export function partKey(integrity: string, { parts }: PackageIndex, part: number): string {
  return `${unpackedKey(integrity)}/${parts}.${part}`;
}

/** Writes a package's files one after the other, into objects of at most PART bytes. */
class PartWriter {
  readonly name = crypto.randomUUID().slice(0, 8);
  readonly #bucket: Bucket;
  readonly #key: string;
  #buffer = new Uint8Array(64 * 1024);
  #filled = 0;
  #part = 0;

  constructor(bucket: Bucket, key: string) {
    this.#bucket = bucket;
    this.#key = key;
  }

  async write(bytes: Uint8Array): Promise<{ part: number; offset: number }> {
    if (this.#filled + bytes.byteLength > PART) await this.#flush();
    this.#reserve(this.#filled + bytes.byteLength);
    this.#buffer.set(bytes, this.#filled);
    const place = { part: this.#part, offset: this.#filled };
    this.#filled += bytes.byteLength;
    return place;
  }

  async close(): Promise<void> {
    if (this.#filled > 0) await this.#flush();
  }

  async #flush(): Promise<void> {
    const key = `${this.#key}/${this.name}.${this.#part}`;
    await this.#bucket.put(key, this.#buffer.subarray(0, this.#filled));
    this.#part += 1;
    this.#filled = 0;
  }

  #reserve(size: number): void {
    if (size <= this.#buffer.byteLength) return;
    const doubled = 2 ** Math.ceil(Math.log2(size));
    const larger = new Uint8Array(Math.max(size, Math.min(PART, doubled)));
    larger.set(this.#buffer.subarray(0, this.#filled));
    this.#buffer = larger;
  }
}
