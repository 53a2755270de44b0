export type Bytes = Uint8Array<ArrayBuffer>;

export function joined(...parts: Uint8Array[]): Bytes {
  const all: Bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export function text(value: string): Bytes {
  return new TextEncoder().encode(value) as Bytes;
}

/** `value` in `size` bytes, the highest first. */
export function uint(value: number, size: number): Bytes {
  const bytes = new Uint8Array(size);
  for (let at = size - 1, rest = value; at >= 0; at--, rest >>>= 8) bytes[at] = rest & 0xff;
  return bytes;
}

/** `parts` behind their length in `size` bytes, as TLS writes lists. */
export function vector(size: number, ...parts: Uint8Array[]): Bytes {
  const all = joined(...parts);
  return joined(uint(all.length, size), all);
}

/** Reads one value after the other; each throws where there are too few bytes. */
export function byteReader(bytes: Uint8Array) {
  let at = 0;
  function take(length: number): Bytes {
    if (at + length > bytes.length) throw new Error("a message of the server is cut short");
    at += length;
    return bytes.slice(at - length, at);
  }
  function number(size: number): number {
    return take(size).reduce((value, byte) => value * 256 + byte, 0);
  }
  return {
    take,
    number,
    /** What stands behind a length of `size` bytes. */
    vector: (size: number) => take(number(size)),
    done: () => at === bytes.length,
  };
}
