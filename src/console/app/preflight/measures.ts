/** How large a picture is and how long a sound plays, from its first bytes. */

export type Size = { width: number; height: number };

/** Returns the pixels of a JPEG, PNG, GIF or WebP whose first bytes are `bytes`; null for what shows none. */
export function imageSize(bytes: Uint8Array, type: string): Size | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = readSize(view, type);
  return size && size.width > 0 && size.height > 0 ? size : null;
}

function readSize(view: DataView, type: string): Size | null {
  const has = (length: number) => view.byteLength >= length;
  switch (type) {
    case "image/png":
      return has(24) ? { width: view.getUint32(16), height: view.getUint32(20) } : null;
    case "image/gif":
      return has(10) ? { width: view.getUint16(6, true), height: view.getUint16(8, true) } : null;
    case "image/jpeg":
      return jpegSize(view);
    case "image/webp":
      return has(30) ? webpSize(view) : null;
    default:
      return null;
  }
}

/** In the frame header (ITU-T T.81, B.2.2): SOF0 to SOF15, but for DHT, JPG and DAC. */
function jpegSize(view: DataView): Size | null {
  for (let at = 2; at + 9 <= view.byteLength; ) {
    if (view.getUint8(at) !== 0xff) return null;
    const marker = view.getUint8(at + 1);
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    }
    at += marker === 0xff ? 1 : 2 + Math.max(2, view.getUint16(at + 2));
  }
  return null;
}

/** RFC 9649: lossy (VP8), lossless (VP8L), extended (VP8X). */
function webpSize(view: DataView): Size | null {
  const form = String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + 12, 4));
  const byte = (at: number) => view.getUint8(at);
  if (form === "VP8 ") {
    return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  }
  if (form === "VP8L") {
    const bits = view.getUint32(21, true);
    return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
  }
  if (form !== "VP8X") return null;
  const three = (at: number) => byte(at) | (byte(at + 1) << 8) | (byte(at + 2) << 16);
  return { width: three(24) + 1, height: three(27) + 1 };
}

/**
 * Returns the seconds of a WAV file of `size` bytes whose first are `bytes`: its data over the bytes a
 * second that its format chunk says; null where it has no such.
 */
export function wavSeconds(bytes: Uint8Array, size: number): number | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let rate = 0;
  for (let at = 12; at + 8 <= view.byteLength; ) {
    const name = String.fromCharCode(...bytes.subarray(at, at + 4));
    const length = view.getUint32(at + 4, true);
    if (name === "fmt " && at + 20 <= view.byteLength) rate = view.getUint32(at + 16, true);
    // A recorder that never came back to write the length leaves it 0 or huge: the file's end counts.
    if (name === "data") {
      const data = Math.min(length || Number.POSITIVE_INFINITY, size - at - 8);
      return rate > 0 && data >= 0 ? data / rate : null;
    }
    at += 8 + length + (length % 2);
  }
  return null;
}
