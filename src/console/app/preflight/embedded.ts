/** What a picture or film tells about its maker: place, camera, time. Formats: JPEG, PNG, WebP, HEIC, MP4. */

export type Embedded = {
  /** EXIF or XMP data: camera, time, software. */
  metadata: boolean;
  /** A position. */
  location: boolean;
};

const NONE: Embedded = { metadata: false, location: false };

/** Returns what `bytes`, a whole file of media type `type`, holds beside what it shows. */
export function embeddedMetadata(bytes: Uint8Array, type: string): Embedded {
  switch (type) {
    case "image/jpeg":
      return merged(jpegSegments(bytes).map(segmentMetadata));
    case "image/png":
      return merged(
        pngChunks(bytes).map(({ name, data }) =>
          name === "eXIf" ? tiffMetadata(data) : name === "iTXt" ? xmpMetadata(data) : NONE,
        ),
      );
    case "image/webp":
      return merged(
        riffChunks(bytes).map(({ name, data }) => {
          if (name === "EXIF") return tiffMetadata(withoutExifHeader(data));
          return name === "XMP " ? xmpMetadata(data) : NONE;
        }),
      );
    case "image/heic":
      return merged([exifAnywhere(bytes)]);
    case "image/tiff":
      return tiffMetadata(bytes);
    case "video/mp4":
    case "video/quicktime":
    case "video/3gpp":
      return filmMetadata(bytes);
    default:
      return NONE;
  }
}

function merged(parts: Embedded[]): Embedded {
  return {
    metadata: parts.some((part) => part.metadata),
    location: parts.some((part) => part.location),
  };
}

type Chunk = { name: string; data: Uint8Array };

/** The application segments of a JPEG, up to the picture itself. */
function jpegSegments(bytes: Uint8Array): Chunk[] {
  const view = viewOf(bytes);
  const segments: Chunk[] = [];
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1] as number;
    if (marker === 0xda) break;
    const length = view.getUint16(at + 2);
    if (length < 2) break;
    segments.push({ name: marker.toString(16), data: bytes.subarray(at + 4, at + 2 + length) });
    at += 2 + length;
  }
  return segments;
}

function segmentMetadata({ name, data }: Chunk): Embedded {
  if (name !== "e1") return NONE;
  if (startsWith(data, "Exif\0\0")) return tiffMetadata(data.subarray(6));
  return startsWith(data, "http://ns.adobe.com/xap/1.0/\0") ? xmpMetadata(data) : NONE;
}

function pngChunks(bytes: Uint8Array): Chunk[] {
  const view = viewOf(bytes);
  const chunks: Chunk[] = [];
  let at = 8;
  while (at + 12 <= bytes.length) {
    const length = view.getUint32(at);
    const name = ascii(bytes.subarray(at + 4, at + 8));
    chunks.push({ name, data: bytes.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return chunks;
}

function riffChunks(bytes: Uint8Array): Chunk[] {
  const view = viewOf(bytes);
  const chunks: Chunk[] = [];
  let at = 12;
  while (at + 8 <= bytes.length) {
    const length = view.getUint32(at + 4, true);
    const name = ascii(bytes.subarray(at, at + 4));
    chunks.push({ name, data: bytes.subarray(at + 8, at + 8 + length) });
    at += 8 + length + (length % 2);
  }
  return chunks;
}

function withoutExifHeader(data: Uint8Array): Uint8Array {
  return startsWith(data, "Exif\0\0") ? data.subarray(6) : data;
}

const GPS_DIRECTORY = 0x8825;
const EXIF_DIRECTORY = 0x8769;
/** Make, Model, Software, DateTime, Artist, Copyright. */
const TELLING_TAGS = new Set([0x010f, 0x0110, 0x0131, 0x0132, 0x013b, 0x8298]);
const GPS_LATITUDE = 0x0002;

/** EXIF is a TIFF file in small (TIFF 6.0, section 2): a directory of tags, which point to others. */
function tiffMetadata(bytes: Uint8Array): Embedded {
  if (bytes.length < 8) return NONE;
  const little = bytes[0] === 0x49;
  const view = viewOf(bytes);
  const tags = (offset: number): Map<number, number> => {
    const found = new Map<number, number>();
    if (offset < 8 || offset + 2 > bytes.length) return found;
    const count = view.getUint16(offset, little);
    for (let index = 0; index < count; index++) {
      const at = offset + 2 + index * 12;
      if (at + 12 > bytes.length) break;
      found.set(view.getUint16(at, little), view.getUint32(at + 8, little));
    }
    return found;
  };
  const main = tags(view.getUint32(4, little));
  const gps = main.get(GPS_DIRECTORY);
  return {
    metadata: main.has(EXIF_DIRECTORY) || [...main.keys()].some((tag) => TELLING_TAGS.has(tag)),
    location: gps !== undefined && tags(gps).has(GPS_LATITUDE),
  };
}

function xmpMetadata(data: Uint8Array): Embedded {
  const text = new TextDecoder().decode(data);
  return { metadata: text.includes("<x:xmpmeta"), location: /exif:GPSL(at|ong)itude/.test(text) };
}

/** HEIC keeps its EXIF in an item that a table points to; the marker before it is enough to find it. */
function exifAnywhere(bytes: Uint8Array): Embedded {
  const at = indexOf(bytes, "Exif\0\0");
  return at === -1 ? NONE : { ...tiffMetadata(bytes.subarray(at + 6)), metadata: true };
}

/** Phones write where a film was made as ISO 6709 in a user data box. */
function filmMetadata(bytes: Uint8Array): Embedded {
  const location =
    indexOf(bytes, "\u00a9xyz") !== -1 || indexOf(bytes, "quicktime.location.ISO6709") !== -1;
  return { location, metadata: location || indexOf(bytes, "com.apple.quicktime.make") !== -1 };
}

function indexOf(bytes: Uint8Array, text: string): number {
  const codes = Array.from(text, (letter) => letter.charCodeAt(0));
  const first = codes[0] as number;
  for (let at = bytes.indexOf(first); at !== -1; at = bytes.indexOf(first, at + 1)) {
    if (codes.every((code, index) => bytes[at + index] === code)) return at;
  }
  return -1;
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  return Array.from(text).every((letter, index) => bytes[index] === letter.charCodeAt(0));
}

function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
