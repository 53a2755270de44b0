import type { Manifest, ManifestAsset } from "../manifest.ts";
import { formatHttpDate } from "./http-date.ts";
import type { Validators } from "./preconditions.ts";
import type { ByteRange } from "./range.ts";

/**
 * Everything an answer about one asset needs but its bytes, made once when the asset is first asked
 * for and then only copied: building headers is most of what a small answer costs.
 */
export type Representation = Validators & {
  /** Where the bytes are remembered: by content, within the account that owns them. */
  contentKey: string;
  /** 200 out of this isolate's memory. */
  ok: DatedHeaders;
  /** 200 to HEAD: Content-Length has no body to be taken from. */
  head: DatedHeaders;
  /** 304: what the 200 would carry but its content's own length and type (RFC 9110 15.4.5). */
  notModified: DatedHeaders;
};

type DatedHeaders = { fields: Headers; second: number };

/** RFC 9211: how the caches behind this answer took part. */
export type CacheStatus = "Ringback; hit" | "Ringback; fwd=miss; stored" | "Ringback; fwd=miss";

const representations = new WeakMap<ManifestAsset, Representation>();

export function representationOf(manifest: Manifest, asset: ManifestAsset): Representation {
  const known = representations.get(asset);
  if (known) return known;
  const etag = `"${asset.sha256}"`;
  const ok = new Headers(manifest.headers[asset.headers]);
  ok.set("ETag", etag);
  ok.set("Last-Modified", formatHttpDate(asset.modified));
  ok.set("Cache-Status", "Ringback; hit" satisfies CacheStatus);
  const notModified = new Headers(ok);
  ok.set("Content-Type", asset.type);
  ok.set("Accept-Ranges", "bytes");
  const head = new Headers(ok);
  head.set("Content-Length", String(asset.size));
  const representation = {
    etag,
    lastModified: asset.modified,
    contentKey: `${manifest.account}/${asset.sha256}`,
    ok: { fields: ok, second: 0 },
    head: { fields: head, second: 0 },
    notModified: { fields: notModified, second: 0 },
  };
  representations.set(asset, representation);
  return representation;
}

/** Returns the shared header set with the Date of `now` (Unix seconds); the caller must not change it. */
export function dated(headers: DatedHeaders, now: number): Headers {
  if (headers.second !== now) {
    headers.fields.set("Date", dateField(now));
    headers.second = now;
  }
  return headers.fields;
}

/** A copy of the 200's headers for an answer that differs in its cache status or range. */
export function copiedHeaders(
  representation: Representation,
  now: number,
  status: CacheStatus,
  range: ByteRange | null,
  size: number,
): Headers {
  const headers = new Headers(dated(representation.ok, now));
  if (status !== "Ringback; hit") headers.set("Cache-Status", status);
  if (range) headers.set("Content-Range", `bytes ${range.start}-${range.end}/${size}`);
  return headers;
}

const latest = { second: 0, field: "" };

function dateField(now: number): string {
  if (latest.second !== now) {
    latest.second = now;
    latest.field = formatHttpDate(now);
  }
  return latest.field;
}
