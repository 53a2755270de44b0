import { type Bytes, byteReader, joined, text, uint, vector } from "./bytes.ts";
import { isIP } from "./certificates.ts";
import { digest, nodeCrypto, SUITES, type Suite } from "./keys.ts";

export const MESSAGE = {
  clientHello: 1,
  serverHello: 2,
  newSessionTicket: 4,
  encryptedExtensions: 8,
  certificate: 11,
  certificateRequest: 13,
  certificateVerify: 15,
  finished: 20,
  keyUpdate: 24,
} as const;

const EXTENSION = {
  serverName: 0,
  supportedGroups: 10,
  signatureAlgorithms: 13,
  alpn: 16,
  supportedVersions: 43,
  keyShare: 51,
} as const;

const TLS_1_3 = 0x0304;
const P256 = 0x0017;

/** ServerHello's random where the server asks for another key share (RFC 8446, 4.1.3). */
const RETRY = "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c";

/** How a server may sign (RFC 8446, 4.2.3): the hash, and the padding of RSA. */
export const SIGNATURES: Record<number, { hash: string | null; pss: boolean }> = {
  1027: { hash: "sha256", pss: false },
  1283: { hash: "sha384", pss: false },
  1539: { hash: "sha512", pss: false },
  2055: { hash: null, pss: false },
  2052: { hash: "sha256", pss: true },
  2053: { hash: "sha384", pss: true },
  2054: { hash: "sha512", pss: true },
};

/** For certificates alone: RSA with PKCS #1 padding. */
const OF_CERTIFICATES = [0x0401, 0x0501, 0x0601];

/** What a certificate's key signs of what was said (RFC 8446, 4.4.3). */
export function signedContent(side: "client" | "server", { hash }: Suite, said: Bytes): Bytes {
  const context = text(`TLS 1.3, ${side} CertificateVerify`);
  return joined(new Uint8Array(64).fill(0x20), context, uint(0, 1), digest(hash, said));
}

export function message(type: number, body: Uint8Array): Bytes {
  return joined(uint(type, 1), vector(3, body));
}

function extension(type: number, body: Uint8Array): Bytes {
  return joined(uint(type, 2), vector(2, body));
}

/** The first message; `share` is a public key on P-256, uncompressed. */
export function clientHello(name: string, protocols: string[], share: Uint8Array): Bytes {
  const { randomBytes } = nodeCrypto();
  const numbers = (all: (string | number)[]) => joined(...all.map((one) => uint(Number(one), 2)));
  const signatures = [...Object.keys(SIGNATURES), ...OF_CERTIFICATES];
  const named = name !== "" && !isIP(name);
  const extensions = [
    named && extension(EXTENSION.serverName, vector(2, uint(0, 1), vector(2, text(name)))),
    extension(EXTENSION.supportedVersions, vector(1, uint(TLS_1_3, 2))),
    extension(EXTENSION.supportedGroups, vector(2, uint(P256, 2))),
    extension(EXTENSION.signatureAlgorithms, vector(2, numbers(signatures))),
    extension(EXTENSION.keyShare, vector(2, uint(P256, 2), vector(2, share))),
    protocols.length > 0 &&
      extension(EXTENSION.alpn, vector(2, ...protocols.map((one) => vector(1, text(one))))),
  ].filter((one) => one !== false);
  return message(
    MESSAGE.clientHello,
    joined(
      uint(0x0303, 2),
      randomBytes(32),
      vector(1, randomBytes(32)),
      vector(2, numbers(Object.keys(SUITES))),
      vector(1, uint(0, 1)),
      vector(2, ...extensions),
    ),
  );
}

/** What the server chose, and its key share. Throws for what this client has not offered. */
export function readServerHello(body: Uint8Array): { suite: Suite; share: Bytes } {
  const hello = byteReader(body);
  hello.number(2);
  const random = Buffer.from(hello.take(32)).toString("hex");
  if (random === RETRY) throw new Error("the server wants another curve than P-256");
  hello.vector(1);
  const suite = SUITES[hello.number(2)];
  hello.number(1);
  const extensions = readExtensions(hello.done() ? new Uint8Array() : hello.vector(2));
  const version = extensions.get(EXTENSION.supportedVersions);
  if (version === undefined || byteReader(version).number(2) !== TLS_1_3) {
    throw new Error("the server speaks TLS 1.2 at most, and 1.3 is needed");
  }
  const offered = byteReader(extensions.get(EXTENSION.keyShare) ?? new Uint8Array());
  if (suite === undefined || offered.number(2) !== P256) {
    throw new Error("the server chose what was not offered");
  }
  return { suite, share: offered.vector(2) };
}

/** The protocol that the server chose of those that were named; null for none. */
export function readProtocol(body: Uint8Array): string | null {
  const chosen = readExtensions(byteReader(body).vector(2)).get(EXTENSION.alpn);
  if (chosen === undefined) return null;
  return new TextDecoder().decode(byteReader(byteReader(chosen).vector(2)).vector(1));
}

function readExtensions(bytes: Uint8Array): Map<number, Bytes> {
  const found = new Map<number, Bytes>();
  const all = byteReader(bytes);
  while (!all.done()) found.set(all.number(2), all.vector(2));
  return found;
}
