/** Pictures without what they tell about their maker: their own bytes, but for the parts that tell. */

/**
 * Returns the bytes of a JPEG, PNG or WebP without EXIF, XMP, IPTC and comments, its picture untouched;
 * how it is turned is kept. Null for another type, and for what does not read as one of these.
 */
export function withoutMetadata(bytes: Uint8Array, type: string): Uint8Array<ArrayBuffer> | null {
  switch (type) {
    case "image/jpeg":
      return jpegWithout(bytes);
    case "image/png":
      return pngWithout(bytes);
    case "image/webp":
      return webpWithout(bytes);
    default:
      return null;
  }
}

/** APP1 (EXIF, XMP), APP13 (IPTC), COM. APP0, APP2 and APP14 tell how the picture is to be shown. */
const TELLING_MARKERS = new Set([0xe1, 0xed, 0xfe]);

function jpegWithout(bytes: Uint8Array): Uint8Array<ArrayBuffer> | null {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return null;
  const view = viewOf(bytes);
  const kept: Uint8Array[] = [bytes.subarray(0, 2)];
  let orientation = 1;
  let at = 2;
  for (;;) {
    if (at + 4 > bytes.length || bytes[at] !== 0xff) return null;
    const marker = bytes[at + 1] as number;
    if (marker === 0xda) break;
    const end = at + 2 + view.getUint16(at + 2);
    if (end > bytes.length) return null;
    if (marker === 0xe1) orientation = orientationOf(bytes.subarray(at + 4, end)) ?? orientation;
    if (!TELLING_MARKERS.has(marker)) kept.push(bytes.subarray(at, end));
    at = end;
  }
  if (orientation !== 1) kept.splice(1, 0, orientationSegment(orientation));
  return joined([...kept, bytes.subarray(at)]);
}

const EXIF = [0x45, 0x78, 0x69, 0x66, 0, 0];
const ORIENTATION = 0x0112;

/** How an EXIF segment says that the picture is turned (1 to 8); null where it does not. */
function orientationOf(segment: Uint8Array): number | null {
  if (!EXIF.every((byte, index) => segment[index] === byte)) return null;
  const tiff = segment.subarray(EXIF.length);
  if (tiff.length < 8) return null;
  const view = viewOf(tiff);
  const little = tiff[0] === 0x49;
  const directory = view.getUint32(4, little);
  if (directory + 2 > tiff.length) return null;
  const count = view.getUint16(directory, little);
  for (let index = 0; index < count; index++) {
    const at = directory + 2 + index * 12;
    if (at + 12 > tiff.length) return null;
    if (view.getUint16(at, little) !== ORIENTATION) continue;
    const value = view.getUint16(at + 8, little);
    return value >= 1 && value <= 8 ? value : null;
  }
  return null;
}

/** An APP1 segment of an EXIF directory (TIFF 6.0, section 2) with this one tag. */
function orientationSegment(orientation: number): Uint8Array {
  const tiff = [0x4d, 0x4d, 0, 0x2a, 0, 0, 0, 8, 0, 1];
  const tag = [0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
  const body = [...EXIF, ...tiff, ...tag];
  return new Uint8Array([0xff, 0xe1, 0, body.length + 2, ...body]);
}

const TELLING_CHUNKS = new Set(["eXIf", "tEXt", "iTXt", "zTXt", "tIME"]);

function pngWithout(bytes: Uint8Array): Uint8Array<ArrayBuffer> | null {
  const view = viewOf(bytes);
  const kept: Uint8Array[] = [bytes.subarray(0, 8)];
  for (let at = 8; at < bytes.length; ) {
    if (at + 12 > bytes.length) return null;
    const end = at + 12 + view.getUint32(at);
    if (end > bytes.length) return null;
    if (!TELLING_CHUNKS.has(name(bytes, at + 4))) kept.push(bytes.subarray(at, end));
    at = end;
  }
  return joined(kept);
}

/** RFC 9649 2.7: the flags of VP8X say which chunks there are. */
const WEBP_EXIF = 0x08;
const WEBP_XMP = 0x04;

function webpWithout(bytes: Uint8Array): Uint8Array<ArrayBuffer> | null {
  if (bytes.length < 12) return null;
  const view = viewOf(bytes);
  const kept: Uint8Array[] = [bytes.slice(0, 12)];
  for (let at = 12; at < bytes.length; ) {
    if (at + 8 > bytes.length) return null;
    const length = view.getUint32(at + 4, true);
    const end = at + 8 + length + (length % 2);
    if (end > bytes.length) return null;
    const chunk = name(bytes, at);
    if (chunk === "VP8X") {
      const header = bytes.slice(at, end);
      header[8] = (header[8] as number) & ~(WEBP_EXIF | WEBP_XMP);
      kept.push(header);
    } else if (chunk !== "EXIF" && chunk !== "XMP ") kept.push(bytes.subarray(at, end));
    at = end;
  }
  const made = joined(kept);
  viewOf(made).setUint32(4, made.length - 8, true);
  return made;
}

function joined(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const made = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    made.set(part, at);
    at += part.length;
  }
  return made;
}

function name(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
