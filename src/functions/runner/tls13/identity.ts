import type { KeyObject } from "node:crypto";
import { type Bytes, joined, uint, vector } from "./bytes.ts";
import { readAuthorities } from "./certificates.ts";
import { MESSAGE, message, signedContent } from "./hello.ts";
import { nodeCrypto, type Suite } from "./keys.ts";

/** What a client shows who it is with, as tls.connect takes it: PEM, or DER. */
export type Identity = { cert: unknown; key: unknown; passphrase?: string };

/**
 * The messages by which a client shows `identity` to a server that asks with `context`, over what was
 * said; with none it says that it has no certificate (RFC 8446, 4.4.2).
 */
export async function identityMessages(
  identity: Identity | null,
  context: Bytes,
  suite: Suite,
  said: Bytes,
): Promise<Bytes> {
  const certificates = identity === null ? [] : readAuthorities(identity.cert);
  const entries = certificates.map(({ raw }) => joined(vector(3, raw), vector(2)));
  const shown = message(MESSAGE.certificate, joined(vector(1, context), vector(3, ...entries)));
  if (identity === null) return shown;
  const { scheme, signature } = await signed(
    privateKey(identity),
    signedContent("client", suite, joined(said, shown)),
  );
  const proof = joined(uint(scheme, 2), vector(2, signature));
  return joined(shown, message(MESSAGE.certificateVerify, proof));
}

function privateKey({ key, passphrase }: Identity): KeyObject {
  const [first] = [key].flat() as (string | { pem: string })[];
  const pem = typeof first === "object" && "pem" in first ? first.pem : (first as string);
  return nodeCrypto().createPrivateKey({ key: pem, ...(passphrase && { passphrase }) });
}

async function signed(
  key: KeyObject,
  content: Bytes,
): Promise<{ scheme: number; signature: Uint8Array }> {
  const { sign } = nodeCrypto();
  const { asymmetricKeyType: type, asymmetricKeyDetails } = key;
  if (type === "ed25519") return { scheme: 0x0807, signature: sign(null, content, key) };
  if (type === "ec") {
    const wide = asymmetricKeyDetails?.namedCurve === "secp384r1";
    const signature = sign(wide ? "sha384" : "sha256", content, key);
    return { scheme: wide ? 0x0503 : 0x0403, signature };
  }
  // The platform's node:crypto has no PSS.
  const { subtle } = crypto;
  const der = key.export({ type: "pkcs8", format: "der" });
  const algorithm = { name: "RSA-PSS", hash: "SHA-256" };
  const own = await subtle.importKey("pkcs8", der, algorithm, false, ["sign"]);
  const signature = await subtle.sign({ name: "RSA-PSS", saltLength: 32 }, own, content);
  return { scheme: 0x0804, signature: new Uint8Array(signature) };
}
