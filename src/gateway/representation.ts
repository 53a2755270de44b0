import { dateField, formatHttpDate } from "../contract/http-date.ts";
import type { HeaderFields, Manifest, ManifestAsset } from "../contract/manifest.ts";
import { BoundedMap } from "./bounded-map.ts";
import type { Validators } from "./preconditions.ts";
import type { ByteRange } from "./range.ts";

/**
 * Everything an answer about one asset needs but its bytes. Header sets are made when an answer first
 * needs them and then only copied: building headers is most of what a small answer costs.
 */
export type Representation = Validators & {
  /** Where the bytes are remembered: by content, within the account that owns them. */
  contentKey: string;
  asset: ManifestAsset;
  /** What the manifest adds to the fields of its own. */
  fields: HeaderFields;
  headerSets: { [kind in HeaderSetKind]?: HeaderSet };
};

/** What the headers are of: a 200 or 206 with bytes, a 200 to HEAD, a 304. */
type HeaderSetKind = "whole" | "partial" | "head" | "notModified";

type HeaderSet = { headers: Headers; second: number };

/** RFC 9211: how the caches behind this answer took part. */
export type CacheStatus = "Ringback; hit" | "Ringback; fwd=miss; stored" | "Ringback; fwd=miss";

/**
 * How many assets an isolate keeps header sets of. One set takes about 3.5 KB, nearly all of it in the
 * runtime and not in the heap that V8 bounds; 10,000 assets with four each would be more than an
 * isolate may have.
 */
export const REPRESENTATION_LIMIT = 2_000;

const representations = new BoundedMap<Representation, ManifestAsset>(REPRESENTATION_LIMIT);

export function representationOf(manifest: Manifest, asset: ManifestAsset): Representation {
  const known = representations.get(asset);
  if (known) return known;
  const representation: Representation = {
    etag: `"${asset.etag}"`,
    lastModified: asset.modified,
    contentKey: `${manifest.account}/${asset.sha256}`,
    asset,
    fields: manifest.headers[asset.headers] as HeaderFields,
    headerSets: {},
  };
  representations.set(asset, representation, 1);
  return representation;
}

/** The headers of a 304; shared as in `dated`. */
export function notModifiedHeaders(representation: Representation, now: number): Headers {
  return dated(representation, "notModified", now);
}

/** The headers of a 200 to HEAD; shared as in `dated`. */
export function headHeaders(representation: Representation, now: number): Headers {
  return dated(representation, "head", now);
}

/** The headers of a 200 or 206 with bytes that came the way `status` says; shared as in `dated`. */
export function contentHeaders(
  representation: Representation,
  now: number,
  status: CacheStatus,
  range: ByteRange | null,
): Headers {
  const headers = dated(representation, range ? "partial" : "whole", now);
  if (range) {
    const { start, end } = range;
    headers.set("Content-Range", `bytes ${start}-${end}/${representation.asset.size}`);
  }
  headers.set("Cache-Status", status);
  return headers;
}

/**
 * Returns a shared header set with the Date of `now` (Unix seconds), for a Response that is made of
 * it at once: making one copies the headers, so changing them for the next answer harms none.
 */
function dated(representation: Representation, kind: HeaderSetKind, now: number): Headers {
  let set = representation.headerSets[kind];
  if (set === undefined) {
    set = { headers: headersOf(representation, kind), second: -1 };
    representation.headerSets[kind] = set;
  }
  if (set.second !== now) {
    set.headers.set("Date", dateField(now));
    // A date that lies ahead is not said before it has come (RFC 9110 8.8.2.1); nor is now in its
    // place, which what was served before it may have said: curl -z would drop the answer for it.
    const { lastModified } = representation;
    if (set.second < lastModified && lastModified <= now) {
      set.headers.set("Last-Modified", formatHttpDate(lastModified));
    }
    set.second = now;
  }
  return set.headers;
}

function headersOf(representation: Representation, kind: HeaderSetKind): Headers {
  const { asset, etag, fields } = representation;
  const headers = new Headers(fields);
  headers.set("ETag", etag);
  // RFC 9110 15.4.5: a 304 has what the 200 would but its content's own length and type.
  if (kind !== "notModified") {
    headers.set("Content-Type", asset.type);
    headers.set("Accept-Ranges", "bytes");
  }
  // Without bytes none of the caches behind this is asked, and there is no body to take a length from.
  if (kind === "notModified" || kind === "head") {
    headers.set("Cache-Status", "Ringback; hit" satisfies CacheStatus);
  }
  if (kind === "head") headers.set("Content-Length", String(asset.size));
  return headers;
}
