import native from "native.cjs";
import { type Bytes, joined, text, uint, vector } from "./bytes.ts";

type Crypto = typeof import("node:crypto");

/** node:crypto, which is evaluated where TLS is made alone. */
export function nodeCrypto(): Crypto {
  return native.require("node:crypto") as Crypto;
}

export type Suite = { hash: "sha256" | "sha384"; cipher: "aes-128-gcm" | "aes-256-gcm" };

/** By their code points (RFC 8446, B.4). */
export const SUITES: Record<number, Suite> = {
  4865: { hash: "sha256", cipher: "aes-128-gcm" },
  4866: { hash: "sha384", cipher: "aes-256-gcm" },
};

const KEY_BYTES = { "aes-128-gcm": 16, "aes-256-gcm": 32 };
const IV_BYTES = 12;
export const TAG_BYTES = 16;

export function digest(hash: string, bytes: Uint8Array): Bytes {
  return new Uint8Array(nodeCrypto().createHash(hash).update(bytes).digest());
}

export function hmac(hash: string, key: Uint8Array, bytes: Uint8Array): Bytes {
  return new Uint8Array(nodeCrypto().createHmac(hash, key).update(bytes).digest());
}

/** HKDF-Expand-Label (RFC 8446, 7.1), of at most one block of the hash. */
function expand(hash: string, secret: Bytes, label: string, context: Bytes, length: number): Bytes {
  const info = joined(uint(length, 2), vector(1, text(`tls13 ${label}`)), vector(1, context));
  return hmac(hash, secret, joined(info, uint(1, 1))).slice(0, length);
}

/** Derive-Secret (RFC 8446, 7.1) over what was said so far. */
function derive({ hash }: Suite, secret: Bytes, label: string, said: Bytes): Bytes {
  const transcript = digest(hash, said);
  return expand(hash, secret, label, transcript, transcript.length);
}

export type Secrets = { client: Bytes; server: Bytes };

/** The secrets of the handshake after ServerHello, and what the next are made of. */
export function handshakeSecrets(suite: Suite, shared: Bytes, said: Bytes) {
  const { hash } = suite;
  const zeros = new Uint8Array(digest(hash, new Uint8Array()).length);
  const early = hmac(hash, zeros, zeros);
  const handshake = hmac(hash, derive(suite, early, "derived", new Uint8Array()), shared);
  return {
    client: derive(suite, handshake, "c hs traffic", said),
    server: derive(suite, handshake, "s hs traffic", said),
    master: hmac(hash, derive(suite, handshake, "derived", new Uint8Array()), zeros),
  };
}

/** The secrets of what is said after the server's Finished. */
export function applicationSecrets(suite: Suite, master: Bytes, said: Bytes): Secrets {
  return {
    client: derive(suite, master, "c ap traffic", said),
    server: derive(suite, master, "s ap traffic", said),
  };
}

/** The secret that follows `secret` after a KeyUpdate (RFC 8446, 7.2). */
export function nextSecret({ hash }: Suite, secret: Bytes): Bytes {
  return expand(hash, secret, "traffic upd", new Uint8Array(), secret.length);
}

/** What Finished says of what was said so far (RFC 8446, 4.4.4). */
export function finishedBytes({ hash }: Suite, secret: Bytes, said: Bytes): Bytes {
  const key = expand(hash, secret, "finished", new Uint8Array(), secret.length);
  return hmac(hash, key, digest(hash, said));
}

/** Key and nonces of one direction: `nonce()` gives a new one for each record (RFC 8446, 5.3). */
export function trafficKeys({ hash, cipher }: Suite, secret: Bytes) {
  const iv = expand(hash, secret, "iv", new Uint8Array(), IV_BYTES);
  let records = 0;
  return {
    cipher,
    key: expand(hash, secret, "key", new Uint8Array(), KEY_BYTES[cipher]),
    nonce(): Bytes {
      const nonce = iv.slice();
      const view = new DataView(nonce.buffer);
      view.setUint32(4, (view.getUint32(4) ^ Math.floor(records / 2 ** 32)) >>> 0);
      view.setUint32(8, (view.getUint32(8) ^ records) >>> 0);
      records += 1;
      return nonce;
    },
  };
}

export type TrafficKeys = ReturnType<typeof trafficKeys>;
