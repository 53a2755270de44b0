import { heldBytes } from "../contract/byte-budget.ts";
import {
  canonicalPath,
  type DecodedManifest,
  decodeManifest,
  type HeaderFields,
  type Manifest,
  type ManifestAsset,
  manifestKey,
} from "../contract/manifest.ts";
import { CALLER_PACE } from "../contract/pace.ts";
import type { ValueMetadata } from "../contract/value-metadata.ts";
import { AuthTokenSource } from "./auth-tokens.ts";
import { ByteReader, type Stores } from "./bytes.ts";
import { decide, NOTHING, type Resource, resourceAt } from "./decide.ts";
import { errorResponse } from "./errors.ts";
import { type ExchangeTaker, noted } from "./exchange.ts";
import { FunctionGate, type FunctionRunner } from "./functions.ts";
import { baseHostname } from "./hosts.ts";
import { type Background, type KvLookup, KvMemo } from "./kv-memo.ts";
import { ALLOWED_METHODS, crossOriginFields, isAllowedMethod, optionsResponse } from "./options.ts";
import type { ByteRange } from "./range.ts";
import {
  contentHeaders,
  headHeaders,
  notModifiedHeaders,
  type Representation,
  representationOf,
} from "./representation.ts";
import {
  type Admission,
  type AdmissionSources,
  admit,
  SIGNED_BODY_LIMIT,
} from "./signed-request.ts";
import type { RequestTarget } from "./target.ts";

/** Bytes of manifests that one isolate remembers. */
const MANIFEST_MEMORY_LIMIT = 16 * 1024 * 1024;

/** What the gateway reads; a test hands in others to count, delay or fail them. */
export type GatewayBindings = {
  env: Env;
  runFunction: FunctionRunner;
  /** Is told of each request to a host that is deployed. */
  takeExchange?: ExchangeTaker;
  /** Opens the Cache API's store for bytes. */
  openCache?: () => Promise<Cache>;
};

/** The read side: answers for asset hosts out of KV, the Cache API and R2. One an isolate. */
export class Gateway {
  readonly #kv: KVNamespace;
  readonly #stores: Stores;
  readonly #manifests: KvMemo<DecodedManifest>;
  readonly #admission: AdmissionSources;
  readonly #functions: FunctionGate;
  readonly #bytes = new ByteReader();
  readonly #takeExchange: ExchangeTaker | undefined;

  constructor({ env, runFunction, takeExchange, openCache }: GatewayBindings) {
    this.#takeExchange = takeExchange;
    this.#kv = env.MANIFESTS;
    this.#stores = {
      bucket: env.BYTES,
      // A named cache: what is in it is reachable by this code alone, never by a URL.
      cache: openCache ?? (() => caches.open("ringback-bytes")),
      cacheHost: baseHostname(env.BASE_DOMAIN),
    };
    this.#manifests = new KvMemo({
      limit: MANIFEST_MEMORY_LIMIT,
      keyOf: manifestKey,
      decode: decodeManifest,
      isSound: ({ ok }) => ok,
    });
    const tokens = new AuthTokenSource(env);
    this.#admission = { tokens, kv: env.MANIFESTS };
    this.#functions = new FunctionGate(env, tokens, runFunction);
  }

  /** Makes this isolate serve what it just wrote to KV under `key`; null where it deleted the key. */
  async published(key: string, value: string | null, metadata: ValueMetadata): Promise<void> {
    await this.#manifests.replace(key, value, metadata);
    await this.#admission.tokens.published(key, value, metadata);
    await this.#functions.published(key, value, metadata);
  }

  /** Answers a request whose destination is an asset host. */
  fetch(request: Request, target: RequestTarget, ctx: Background): Response | Promise<Response> {
    const lookup = this.#manifests.find(target.hostname, this.#kv, ctx);
    return lookup instanceof Promise
      ? lookup.then((found) => this.#onHost(request, target, found, ctx))
      : this.#onHost(request, target, lookup, ctx);
  }

  #onHost(
    request: Request,
    target: RequestTarget,
    lookup: KvLookup<DecodedManifest>,
    ctx: Background,
  ): Response | Promise<Response> {
    if (lookup.outcome === "absent") return errorResponse("host-unknown", request);
    if (lookup.outcome === "unavailable") {
      return errorResponse("manifest-unavailable", request, undefined, lookup.error);
    }
    if (!lookup.value.ok) {
      return errorResponse(lookup.value.reason, request, undefined, lookup.value.detail);
    }
    const { manifest } = lookup.value;
    const path = canonicalPath(target.path);
    const resource = path === null ? NOTHING : resourceAt(manifest, path);
    if (this.#takeExchange === undefined) {
      return this.#onResource(request, manifest, path, resource, ctx);
    }
    const began = Date.now();
    const take = (response: Response) => {
      const { query } = target;
      // A file's requests stand under one spelling of its path, whatever they were spelled like.
      const shown = path !== null && resource.kind !== "nothing" ? path : target.path;
      this.#takeExchange?.(
        { request, path: shown, query, manifest, resource, response, began },
        ctx,
      );
      return response;
    };
    const answer = this.#onResource(request, manifest, path, resource, ctx);
    return answer instanceof Promise ? answer.then(take) : take(answer);
  }

  #onResource(
    request: Request,
    manifest: Manifest,
    path: string | null,
    resource: Resource,
    ctx: Background,
  ): Response | Promise<Response> {
    if (path === null) return errorResponse("path-malformed", request);
    switch (resource.kind) {
      case "asset":
        return this.#onAsset(request, manifest, resource.asset, ctx);
      case "function":
        return this.#functions.answer(request, manifest, path, resource.fn, ctx);
      case "nothing":
        return errorResponse("path-unknown", request);
      default:
        return resource satisfies never;
    }
  }

  #onAsset(
    request: Request,
    manifest: Manifest,
    asset: ManifestAsset,
    ctx: Background,
  ): Response | Promise<Response> {
    if (!isAllowedMethod(request.method)) {
      return errorResponse("method-not-allowed", request, { Allow: ALLOWED_METHODS });
    }
    if (request.method === "OPTIONS") {
      return optionsResponse(manifest.headers[asset.headers] as HeaderFields);
    }
    switch (asset.visibility) {
      case "public":
        return this.#serve(request, manifest, asset, ctx);
      case "protected":
        return this.#serveSigned(request, manifest, asset, ctx);
      default:
        return asset.visibility satisfies never;
    }
  }

  async #serveSigned(
    request: Request,
    manifest: Manifest,
    asset: ManifestAsset,
    ctx: Background,
  ): Promise<Response> {
    const { account } = manifest;
    const admission = await (request.method === "POST"
      ? this.#admitWithBody(request, account, ctx)
      : admit(request, account, this.#admission, null, ctx));
    if (!admission.admitted) {
      const { reason, detail, explain } = admission;
      const refusal = errorResponse(reason, request, undefined, detail);
      const hostnames = manifest.hostnames ?? [];
      return explain ? noted(refusal, { explain: () => explain(hostnames) }) : refusal;
    }
    return this.#serve(request, manifest, asset, ctx);
  }

  /** Nothing is done with the body once the signature is checked. */
  #admitWithBody(request: Request, account: string, ctx: Background): Promise<Admission> {
    const hold = heldBytes.open(`signed:${account}`);
    const bounds = { limit: SIGNED_BODY_LIMIT, hold, pace: CALLER_PACE };
    const admitted = admit(request, account, this.#admission, bounds, ctx).finally(hold.release);
    // A client that hangs up ends its request: what is held is given back all the same.
    ctx.waitUntil(admitted.catch(() => {}));
    return admitted;
  }

  /** Serves an asset that the request may have. */
  #serve(
    request: Request,
    manifest: Manifest,
    asset: ManifestAsset,
    ctx: Background,
  ): Response | Promise<Response> {
    const now = Math.floor(Date.now() / 1000);
    const representation = representationOf(manifest, asset);
    const intent = decide(request.method, request.headers, representation, asset.size, now);
    switch (intent.kind) {
      case "not-modified":
        return new Response(null, {
          status: 304,
          headers: notModifiedHeaders(representation, now),
        });
      case "headers-only":
        return new Response(null, { headers: headHeaders(representation, now) });
      case "precondition-failed":
        return errorResponse("precondition-failed", request, {
          ...Object.fromEntries(crossOriginFields(representation.fields)),
          ETag: representation.etag,
        });
      case "range-unsatisfiable":
        return errorResponse("range-unsatisfiable", request, {
          ...Object.fromEntries(crossOriginFields(representation.fields)),
          "Content-Range": `bytes */${asset.size}`,
          "Accept-Ranges": "bytes",
        });
      case "whole":
      case "partial": {
        const range = intent.kind === "partial" ? intent.range : null;
        const bytes = this.#bytes.inMemory(representation.contentKey);
        if (bytes === undefined) {
          return this.#serveStored(request, manifest, asset, representation, range, now, ctx);
        }
        const headers = contentHeaders(representation, now, "Ringback; hit", range);
        if (range === null) return new Response(bytes, { headers });
        return new Response(bytes.subarray(range.start, range.end + 1), { status: 206, headers });
      }
      default:
        return intent satisfies never;
    }
  }

  async #serveStored(
    request: Request,
    manifest: Manifest,
    asset: ManifestAsset,
    representation: Representation,
    range: ByteRange | null,
    now: number,
    ctx: Background,
  ): Promise<Response> {
    const { contentKey } = representation;
    const content = { asset, serviceSid: manifest.service, contentKey };
    const read = await this.#bytes.read(content, range, this.#stores, ctx);
    switch (read.outcome) {
      case "missing":
        return errorResponse("bytes-missing", request, undefined, read.detail);
      case "unavailable":
        return errorResponse("bytes-unavailable", request, undefined, read.error);
      case "bytes": {
        const headers = contentHeaders(representation, now, read.cacheStatus, range);
        const response = new Response(read.body as BodyInit, {
          status: range ? 206 : 200,
          headers,
        });
        return noted(response, {
          source: read.cacheStatus === "Ringback; hit" ? "cache" : "bucket",
        });
      }
      default:
        return read satisfies never;
    }
  }
}
