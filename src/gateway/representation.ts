import type { Manifest, ManifestAsset } from "../manifest.ts";
import { dateField, formatHttpDate } from "./http-date.ts";
import type { Validators } from "./preconditions.ts";
import type { ByteRange } from "./range.ts";

/**
 * Everything an answer about one asset needs but its bytes, made once when the asset is first asked
 * for and then only copied: building headers is most of what a small answer costs.
 */
export type Representation = Validators & {
  /** Where the bytes are remembered: by content, within the account that owns them. */
  contentKey: string;
  ok: DatedHeaders;
  partial: DatedHeaders;
  /** 200 to HEAD: Content-Length has no body to be taken from. */
  head: DatedHeaders;
  /** 304: what the 200 would carry but its content's own length and type (RFC 9110 15.4.5). */
  notModified: DatedHeaders;
};

type DatedHeaders = { fields: Headers; second: number };

/** RFC 9211: how the caches behind this answer took part. */
export type CacheStatus = "Ringback; hit" | "Ringback; fwd=miss; stored" | "Ringback; fwd=miss";

const representations = new WeakMap<ManifestAsset, Representation>();

/** `now` in Unix seconds: a Last-Modified may not be later than the answer (RFC 9110 8.8.2.1). */
export function representationOf(
  manifest: Manifest,
  asset: ManifestAsset,
  now: number,
): Representation {
  const known = representations.get(asset);
  if (known) return known;
  const etag = `"${asset.sha256}"`;
  const ok = new Headers(manifest.headers[asset.headers]);
  ok.set("ETag", etag);
  const lastModified = Math.min(asset.modified, now);
  ok.set("Last-Modified", formatHttpDate(lastModified));
  const notModified = new Headers(ok);
  notModified.set("Cache-Status", "Ringback; hit" satisfies CacheStatus);
  ok.set("Content-Type", asset.type);
  ok.set("Accept-Ranges", "bytes");
  const head = new Headers(ok);
  head.set("Cache-Status", "Ringback; hit" satisfies CacheStatus);
  head.set("Content-Length", String(asset.size));
  const representation = {
    etag,
    lastModified,
    contentKey: `${manifest.account}/${asset.sha256}`,
    ok: { fields: ok, second: 0 },
    partial: { fields: new Headers(ok), second: 0 },
    head: { fields: head, second: 0 },
    notModified: { fields: notModified, second: 0 },
  };
  representations.set(asset, representation);
  return representation;
}

/**
 * Returns a shared header set with the Date of `now` (Unix seconds), for a Response that is made of
 * it at once: making one copies the headers, so changing them for the next answer harms none.
 */
export function dated(headers: DatedHeaders, now: number): Headers {
  if (headers.second !== now) {
    headers.fields.set("Date", dateField(now));
    headers.second = now;
  }
  return headers.fields;
}

/** The headers of a 200 or 206 with bytes that came the way `status` says; shared as in `dated`. */
export function contentHeaders(
  representation: Representation,
  now: number,
  status: CacheStatus,
  range: ByteRange | null,
  size: number,
): Headers {
  const headers = dated(range ? representation.partial : representation.ok, now);
  if (range) headers.set("Content-Range", `bytes ${range.start}-${range.end}/${size}`);
  headers.set("Cache-Status", status);
  return headers;
}
