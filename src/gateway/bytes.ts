import type { ManifestAsset } from "../contract/manifest.ts";
import { assetKey } from "../contract/manifest.ts";
import { BoundedMap } from "./bounded-map.ts";
import type { Background } from "./kv-memo.ts";
import type { ByteRange } from "./range.ts";
import type { CacheStatus } from "./representation.ts";
import { copyThrough, readWhole, sliceOf } from "./streams.ts";

/** Assets up to this size are kept in the isolate's memory once they were read whole. */
const MEMORY_ASSET_LIMIT = 256 * 1024;
/** Bytes of assets that one isolate keeps. Of its 128 MB, ten uploads at once may hold 50. */
const MEMORY_LIMIT = 16 * 1024 * 1024;
/**
 * Larger assets are neither put into the cache nor looked for there. Cloudflare documents 512 MB, but
 * silently dropped what had between 28.5 and 29 MB (README of erfianugrah/r2-object-worker).
 */
const CACHE_LIMIT = 28_000_000;
/** A fill that was started is not started again by the requests that follow within these milliseconds. */
const FILL_PATIENCE = 30_000;
/** Milliseconds before R2 is asked for the second and last time. */
const RETRY_DELAY = 50;

export type Stores = {
  bucket: R2Bucket;
  /** Resolves to the Cache API's store for bytes. */
  cache: () => Promise<Cache>;
  /** The apex's hostname: cache keys live on a name of ours that serves no assets. */
  cacheHost: string;
};

/** The bytes an answer is about. */
export type Content = {
  asset: ManifestAsset;
  serviceSid: string;
  contentKey: string;
};

export type BytesOutcome =
  | { outcome: "bytes"; body: Uint8Array | ReadableStream; cacheStatus: CacheStatus }
  /** The manifest names bytes that the bucket does not have, or not whole. */
  | { outcome: "missing"; detail: string }
  | { outcome: "unavailable"; error: unknown };

/** Reads assets' bytes from the nearest place that has them: memory, Cache API, R2. */
export class ByteReader {
  readonly #memory = new BoundedMap<Uint8Array>(MEMORY_LIMIT);
  readonly #filling = new BoundedMap<number>(1_000);

  get memoryWeight(): number {
    return this.#memory.weight;
  }

  /** The whole bytes when this isolate's memory has them. */
  inMemory(contentKey: string): Uint8Array | undefined {
    return this.#memory.get(contentKey);
  }

  /** Reads `range` of the content (null: the whole) past the memory. */
  async read(
    content: Content,
    range: ByteRange | null,
    stores: Stores,
    ctx: Background,
  ): Promise<BytesOutcome> {
    const cached = await this.#fromCache(content, range, stores, ctx);
    return cached ?? this.#fromBucket(content, range, stores, ctx);
  }

  /** Null on a miss. Whatever goes wrong with the cache is a miss: it holds nothing R2 has not. */
  async #fromCache(
    { asset, contentKey }: Content,
    range: ByteRange | null,
    stores: Stores,
    ctx: Background,
  ): Promise<BytesOutcome | null> {
    if (asset.size > CACHE_LIMIT) return null;
    // What fits into the memory is read whole and stays there.
    const part = asset.size > MEMORY_ASSET_LIMIT ? range : null;
    try {
      const cache = await stores.cache();
      const response = await cache.match(cacheRequest(contentKey, part, stores));
      if (!response?.body) return null;
      const held = heldPart(response, part, asset.size);
      if (held === "other") {
        ctx.waitUntil(response.body.cancel().catch(() => {}));
        return null;
      }
      if (asset.size > MEMORY_ASSET_LIMIT) {
        const body =
          part === null
            ? exactly(response.body, asset.size, ctx)
            : held === "whole"
              ? sliceOf(response.body, part, ctx)
              : exactly(response.body, part.end - part.start + 1, ctx);
        return { outcome: "bytes", body, cacheStatus: "Ringback; hit" };
      }
      const bytes = await readWhole(response.body, asset.size);
      if (bytes === null) return null;
      this.#memory.set(contentKey, bytes, bytes.byteLength);
      return { outcome: "bytes", body: cut(bytes, range), cacheStatus: "Ringback; hit" };
    } catch {
      return null;
    }
  }

  async #fromBucket(
    content: Content,
    range: ByteRange | null,
    stores: Stores,
    ctx: Background,
  ): Promise<BytesOutcome> {
    const first = await this.#readBucket(content, range, stores, ctx);
    if (first.outcome !== "unavailable") return first;
    await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY));
    return this.#readBucket(content, range, stores, ctx);
  }

  async #readBucket(
    content: Content,
    range: ByteRange | null,
    stores: Stores,
    ctx: Background,
  ): Promise<BytesOutcome> {
    const { asset, serviceSid, contentKey } = content;
    const key = assetKey(serviceSid, asset.sid);
    try {
      const object = await stores.bucket.get(
        key,
        range ? { range: { offset: range.start, length: range.end - range.start + 1 } } : {},
      );
      if (object === null) return { outcome: "missing", detail: key };
      if (object.size !== asset.size) {
        await object.body.cancel();
        return { outcome: "missing", detail: `${key} has ${object.size} bytes` };
      }
      if (range) {
        this.#fillBehind(content, stores, ctx);
        return {
          outcome: "bytes",
          body: exactly(object.body, range.end - range.start + 1, ctx),
          cacheStatus: "Ringback; fwd=miss",
        };
      }
      if (asset.size > MEMORY_ASSET_LIMIT) {
        // Eighty at once for one cold asset would write it eighty times.
        if (asset.size > CACHE_LIMIT || !this.#startFill(contentKey)) {
          const body = exactly(object.body, asset.size, ctx);
          return { outcome: "bytes", body, cacheStatus: "Ringback; fwd=miss" };
        }
        const fill = (copy: ReadableStream) => putInCache(contentKey, copy, stores);
        const body = copyThrough(object.body, asset.size, fill, ctx);
        return { outcome: "bytes", body, cacheStatus: "Ringback; fwd=miss; stored" };
      }
      const bytes = await readWhole(object.body, asset.size);
      if (bytes === null) return { outcome: "unavailable", error: `${key} broke off` };
      this.#memory.set(contentKey, bytes, bytes.byteLength);
      ctx.waitUntil(putInCache(contentKey, bytes, stores));
      return { outcome: "bytes", body: bytes, cacheStatus: "Ringback; fwd=miss; stored" };
    } catch (error) {
      return { outcome: "unavailable", error };
    }
  }

  /** Whether the cache is to be filled now: not when another request has begun to. */
  #startFill(contentKey: string): boolean {
    const now = Date.now();
    if ((this.#filling.get(contentKey) ?? 0) > now) return false;
    this.#filling.set(contentKey, now + FILL_PATIENCE, 1);
    return true;
  }

  /** Puts the whole of an asset into the cache, of which a client is reading a range. */
  #fillBehind(content: Content, stores: Stores, ctx: Background): void {
    const { asset, serviceSid, contentKey } = content;
    if (asset.size > CACHE_LIMIT || !this.#startFill(contentKey)) return;
    ctx.waitUntil(
      stores.bucket
        .get(assetKey(serviceSid, asset.sid))
        .then((object) => object && putInCache(contentKey, object.body, stores))
        .catch(() => this.#filling.delete(contentKey)),
    );
  }
}

/**
 * The key is made of the manifest's facts alone. Nothing of the request enters it, so no request can
 * reach another's entry, and equal content is one entry under every path, host and deployment.
 */
function cacheKey(contentKey: string, stores: Stores): string {
  return `https://${stores.cacheHost}/.bytes/${contentKey}`;
}

/**
 * Asks for the whole, or for `range` alone: a body read from its start costs as much for its last
 * byte as for all of them. The range is the one decided on, written anew.
 */
function cacheRequest(
  contentKey: string,
  range: ByteRange | null,
  stores: Stores,
): string | Request {
  const key = cacheKey(contentKey, stores);
  if (range === null) return key;
  return new Request(key, { headers: { Range: `bytes=${range.start}-${range.end}` } });
}

/** What a cached response holds: a cache that knows no ranges answers with the whole. */
function heldPart(
  response: Response,
  range: ByteRange | null,
  size: number,
): "whole" | "part" | "other" {
  const { status, headers } = response;
  if (status === 200 && headers.get("content-length") === String(size)) return "whole";
  if (status !== 206 || range === null) return "other";
  const wanted = `bytes ${range.start}-${range.end}/${size}`;
  return headers.get("content-range") === wanted ? "part" : "other";
}

const ONE_YEAR = "public, max-age=31536000, immutable";

/**
 * A cache that cannot be filled is asked again next time; nobody waits for it. A body that breaks off
 * on the way in must not stay there.
 */
async function putInCache(
  contentKey: string,
  body: Uint8Array | ReadableStream,
  stores: Stores,
): Promise<void> {
  const key = cacheKey(contentKey, stores);
  try {
    const cache = await stores.cache();
    const response = new Response(body as BodyInit, { headers: { "Cache-Control": ONE_YEAR } });
    await cache.put(key, response).catch(() => cache.delete(key));
  } catch {
    // Without a cache every read goes to R2, which is slower and right.
  }
}

function cut(bytes: Uint8Array, range: ByteRange | null): Uint8Array {
  return range ? bytes.subarray(range.start, range.end + 1) : bytes;
}

/** Announces `length` bytes, and breaks the answer off where the store sends another number. */
function exactly(body: ReadableStream, length: number, ctx: Background): ReadableStream {
  const { readable, writable } = new FixedLengthStream(length);
  ctx.waitUntil(body.pipeTo(writable).catch(() => {}));
  return readable;
}
