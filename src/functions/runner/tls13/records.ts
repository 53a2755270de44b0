import { type Read, streamBytes } from "../../../contract/stream-bytes.ts";
import { type Bytes, joined, uint } from "./bytes.ts";
import { nodeCrypto, TAG_BYTES, type TrafficKeys } from "./keys.ts";

export const RECORD = { changeCipherSpec: 20, alert: 21, handshake: 22, data: 23 } as const;

/** `head` is what stands before it on the wire. */
export type TlsRecord = { type: number; bytes: Bytes; head: Bytes };

/** Bytes of what is said in one record (RFC 8446, 5.1). */
export const MAX_PLAIN = 2 ** 14;
const MAX_SEALED = MAX_PLAIN + 256;
const HEAD = 5;
const VERSION = 0x0303;

/** A record that is not encrypted. */
export function plainRecord(type: number, bytes: Uint8Array): Bytes {
  return joined(uint(type, 1), uint(VERSION, 2), uint(bytes.length, 2), bytes);
}

/** `bytes` encrypted, in as many records as they need. */
export function sealed(keys: TrafficKeys, type: number, bytes: Uint8Array): Bytes {
  const records: Bytes[] = [];
  for (let at = 0; at === 0 || at < bytes.length; at += MAX_PLAIN) {
    const inner = joined(bytes.subarray(at, at + MAX_PLAIN), uint(type, 1));
    const head = plainRecord(RECORD.data, new Uint8Array(inner.length + TAG_BYTES)).slice(0, HEAD);
    const cipher = nodeCrypto().createCipheriv(keys.cipher, keys.key, keys.nonce());
    cipher.setAAD(head);
    const body = cipher.update(inner);
    cipher.final();
    records.push(joined(head, body, cipher.getAuthTag()));
  }
  return joined(...records);
}

/** What a record holds, and its inner type; throws where it was not made with `keys`. */
export function unsealed(keys: TrafficKeys, { bytes, head }: TlsRecord): TlsRecord {
  const decipher = nodeCrypto().createDecipheriv(keys.cipher, keys.key, keys.nonce());
  decipher.setAAD(head);
  decipher.setAuthTag(bytes.slice(-TAG_BYTES));
  const inner = new Uint8Array(decipher.update(bytes.slice(0, -TAG_BYTES)));
  decipher.final();
  const last = inner.findLastIndex((byte) => byte !== 0);
  if (last < 0 || last > MAX_PLAIN) throw new Error("a record of the server is malformed");
  return { type: inner[last] as number, bytes: inner.slice(0, last), head };
}

/** Returns what reads one record after the other: null at the end. */
export function recordReader(read: Read) {
  const { fill, take } = streamBytes(read);
  return async (): Promise<TlsRecord | null> => {
    if (!(await fill(HEAD))) return null;
    const head = take(HEAD);
    const [type = 0, version, , high = 0, low = 0] = head;
    const length = high * 256 + low;
    const known = type >= RECORD.changeCipherSpec && type <= RECORD.data && version === 3;
    if (!known || length > MAX_SEALED) throw new Error("the server does not speak TLS");
    if (!(await fill(length))) return null;
    return { type, bytes: take(length), head };
  };
}

/** What alerts of a server mean that says no more (RFC 8446, 6). */
const ALERTS: Record<number, string> = {
  40: "the server takes none of what is offered: TLS 1.3, P-256, AES-GCM",
  42: "the server does not take the client's certificate",
  48: "the server does not know the authority of the client's certificate",
  70: "the server speaks TLS 1.2 at most, and 1.3 is needed",
  116: "the server wants a certificate of the client's",
};

/** The error that a record is where it was not expected. */
export function alertError(bytes: Uint8Array, type: number): Error {
  if (type !== RECORD.alert) return new Error("the server says what was not expected");
  return new Error(ALERTS[bytes[1] as number] ?? `the server ends it with alert ${bytes[1]}`);
}
