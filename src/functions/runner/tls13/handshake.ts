import type { X509Certificate } from "node:crypto";
import type { Carrier, Link } from "../connections.ts";
import { type Bytes, byteReader, joined, uint } from "./bytes.ts";
import { type Trust, whyDistrusted } from "./certificates.ts";
import {
  clientHello,
  MESSAGE,
  message,
  readProtocol,
  readServerHello,
  SIGNATURES,
  signedContent,
} from "./hello.ts";
import { identityMessages } from "./identity.ts";
import {
  applicationSecrets,
  finishedBytes,
  handshakeSecrets,
  nodeCrypto,
  type Suite,
  trafficKeys,
} from "./keys.ts";
import { alertError, plainRecord, RECORD, recordReader, sealed, unsealed } from "./records.ts";
import { securedLink } from "./secured-link.ts";

export type Handshaken = { link: Link; certificate: X509Certificate; protocol: string | null };

type Message = { type: number; bytes: Bytes; body: Bytes };

/** Bytes of one message of a handshake. */
const MAX_MESSAGE = 256 * 1024;

/**
 * TLS 1.3 (RFC 8446) as a client, where the platform's own is of no use: with authorities of the client's,
 * or with none, with a certificate of the client's, and on connections that it knows nothing of. Offers P-256
 * and AES-GCM, and no resumption. Throws an error whose message says in one clause what failed.
 */
export async function handshake(
  carrier: Carrier,
  trust: Trust,
  protocols: string[],
): Promise<Handshaken> {
  const { createECDH, timingSafeEqual } = nodeCrypto();
  const exchange = createECDH("prime256v1");
  const hello = clientHello(trust.name, protocols, exchange.generateKeys());
  await carrier.write(plainRecord(RECORD.handshake, hello));
  const next = recordReader(carrier.read);
  let keys: ReturnType<typeof trafficKeys> | null = null;
  let held: Bytes = new Uint8Array();
  let said: Bytes = hello;

  /** The next message, which has to be one of `types`; it counts as said. */
  async function expect(...types: number[]): Promise<Message> {
    for (;;) {
      const length = held.length < 4 ? 0 : byteReader(held.subarray(1)).number(3);
      if (length > MAX_MESSAGE) throw new Error("a message of the server is too large");
      if (held.length >= 4 && held.length >= 4 + length) {
        const bytes = held.slice(0, 4 + length);
        const [type = 0] = bytes;
        if (!types.includes(type)) throw new Error("the server says what was not expected");
        held = held.slice(4 + length);
        said = joined(said, bytes);
        return { type, bytes, body: bytes.slice(4) };
      }
      const sent = await next();
      if (sent === null) throw new Error("the server ended the connection");
      // It means nothing, and stands there for what lies between (RFC 8446, D.4).
      if (sent.type === RECORD.changeCipherSpec && sent.bytes.join() === "1") continue;
      if (keys !== null && sent.type !== RECORD.data) throw alertError(sent.bytes, sent.type);
      const record = keys === null ? sent : unsealed(keys, sent);
      if (record.type !== RECORD.handshake) throw alertError(record.bytes, record.type);
      held = joined(held, record.bytes);
    }
  }

  const { suite, share } = readServerHello((await expect(MESSAGE.serverHello)).body);
  // What was said in the clear ends here (RFC 8446, 5.1).
  if (held.length > 0) throw new Error("the server says what was not expected");
  const shared = new Uint8Array(exchange.computeSecret(share));
  const secrets = handshakeSecrets(suite, shared, said);
  keys = trafficKeys(suite, secrets.server);
  const protocol = readProtocol((await expect(MESSAGE.encryptedExtensions)).body);
  let shown = await expect(MESSAGE.certificateRequest, MESSAGE.certificate);
  const asked = shown.type === MESSAGE.certificateRequest ? byteReader(shown.body).vector(1) : null;
  if (asked !== null) shown = await expect(MESSAGE.certificate);
  const certificates = readCertificates(shown.body);
  const signed = said;
  const proof = await expect(MESSAGE.certificateVerify);
  const distrust = whyDistrusted(certificates, trust);
  if (distrust !== null) throw new Error(distrust);
  const [certificate] = certificates as [X509Certificate];
  if (!(await isSignedBy(certificate, suite, signed, proof.body))) {
    throw new Error("the server does not prove its certificate");
  }
  const promised = finishedBytes(suite, secrets.server, said);
  const finished = await expect(MESSAGE.finished);
  if (finished.body.length !== promised.length || !timingSafeEqual(finished.body, promised)) {
    throw new Error("what the server heard is not what was said");
  }
  if (held.length > 0) throw new Error("the server says what was not expected");
  const application = applicationSecrets(suite, secrets.master, said);
  const shownBack = asked && (await identityMessages(trust.identity ?? null, asked, suite, said));
  if (shownBack !== null) said = joined(said, shownBack);
  const last = message(MESSAGE.finished, finishedBytes(suite, secrets.client, said));
  await carrier.write(
    joined(
      plainRecord(RECORD.changeCipherSpec, uint(1, 1)),
      sealed(
        trafficKeys(suite, secrets.client),
        RECORD.handshake,
        joined(shownBack ?? new Uint8Array(), last),
      ),
    ),
  );
  return { link: securedLink(carrier, next, suite, application), certificate, protocol };
}

function readCertificates(body: Bytes): X509Certificate[] {
  const { X509Certificate } = nodeCrypto();
  const reader = byteReader(body);
  reader.vector(1);
  const list = byteReader(reader.vector(3));
  const certificates: X509Certificate[] = [];
  while (!list.done()) {
    certificates.push(new X509Certificate(list.vector(3)));
    list.vector(2);
  }
  return certificates;
}

/** Whether CertificateVerify was made with the certificate's key (RFC 8446, 4.4.3). */
async function isSignedBy(
  { publicKey }: X509Certificate,
  suite: Suite,
  said: Bytes,
  body: Bytes,
): Promise<boolean> {
  const reader = byteReader(body);
  const scheme = SIGNATURES[reader.number(2)];
  if (scheme === undefined) return false;
  const { hash, pss } = scheme;
  if (pss !== (publicKey.asymmetricKeyType === "rsa")) return false;
  const signature = reader.vector(2);
  const content = signedContent("server", suite, said);
  if (!pss) return nodeCrypto().verify(hash, content, publicKey, signature);
  // The platform's node:crypto has no PSS.
  const { subtle } = crypto;
  const der = publicKey.export({ type: "spki", format: "der" });
  const algorithm = { name: "RSA-PSS", hash: `SHA-${hash?.slice(3)}` };
  const key = await subtle.importKey("spki", der, algorithm, false, ["verify"]);
  const saltLength = Number(hash?.slice(3)) / 8;
  return subtle.verify({ name: "RSA-PSS", saltLength }, key, signature, content);
}
