/*
 * How a function's runner asks its way out for a connection, and what the two say on it: TLS is made by
 * the host's runtime, which a dynamic Worker cannot ask for it. Bytes alone cross. A function that
 * speaks this by itself gains nothing: the rules for addresses are those of any connection.
 */

import { type Read, streamBytes } from "./stream-bytes.ts";

/**
 * `tls`: from its first byte. `tcp`: in frames while TLS may still start, then as it is.
 */
export type Transport = "tls" | "tcp";

/** Nobody has such names (RFC 6761, 6.4). IPv6 addresses are spelled with dashes. */
const MARK = /^(.+?)(\.v6)?\.(tls|tcp)\.invalid:(\d+)$/;

/** The address that asks for `transport` to `host` (IPv6 without brackets) and `port`. */
export function markedAddress(host: string, port: number, transport: Transport): string {
  const name = host.includes(":") ? `${host.replaceAll(":", "-")}.v6` : host;
  return `${name}.${transport}.invalid:${port}`;
}

/** What a marked address asks for; null for any other address. */
export function unmarkedAddress(marked: string): { address: string; transport: Transport } | null {
  const [, name = "", v6, transport, port] = MARK.exec(marked) ?? [];
  if (transport === undefined) return null;
  const host = v6 === undefined ? name : `[${name.replaceAll("-", ":")}]`;
  return { address: `${host}:${port}`, transport: transport as Transport };
}

/**
 * Frames, by their first byte; three bytes of length follow, and as many bytes.
 *
 * First of all the way out says `open`, or `refused` with the reason, `unreachable` or `untrusted`: with
 * these the connection ends. Then, on `tcp`, the runner says `data` to be written, `read` to get the next
 * `data` or `end`, `start` for TLS (while no `read` waits), which is answered with `secured` or `untrusted`,
 * or `flow`. After `secured`, and after `flow` and the answer to a `read` that waits, both sides send bytes
 * as they are.
 */
export const FRAME = {
  open: 1,
  refused: 2,
  unreachable: 3,
  untrusted: 4,
  data: 5,
  end: 6,
  read: 7,
  start: 8,
  secured: 9,
  flow: 10,
} as const;

export type Frame = { type: number; bytes: Uint8Array<ArrayBuffer> };

/** Bytes of one frame, at most: as many are held for each connection while TLS may still start. */
export const MAX_FRAME = 4 * 1024;

const HEAD = 4;

export function frame(type: number, bytes: Uint8Array = new Uint8Array()): Uint8Array<ArrayBuffer> {
  const { length } = bytes;
  const framed = new Uint8Array(HEAD + length);
  framed.set([type, length >> 16, (length >> 8) & 0xff, length & 0xff]);
  framed.set(bytes, HEAD);
  return framed;
}

/**
 * Returns what reads one frame after the other (null at the end, and for what is none), and `rest`, which
 * gives what has been read behind the last one.
 */
export function frameReader(read: Read) {
  const { fill, take } = streamBytes(read);
  return {
    async next(): Promise<Frame | null> {
      if (!(await fill(HEAD))) return null;
      const [type = 0, high = 0, middle = 0, low = 0] = take(HEAD);
      const length = (high << 16) | (middle << 8) | low;
      if (length > MAX_FRAME || !(await fill(length))) return null;
      return { type, bytes: take(length) };
    },
    rest: () => take(),
  };
}
