/*
 * Certificate authorities for tests: one that the runtime trusts, which reads NODE_EXTRA_CA_CERTS when it
 * is imported, after this; and one that nobody does.
 */
import { createPrivateKey } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import "reflect-metadata"; // @peculiar/x509 requires it to be loaded first
import * as x509 from "@peculiar/x509";
import {
  type KeyAndCertificate,
  openCertificateAuthority,
} from "../../scripts/start/certificates.ts";

const directory = mkdtempSync(path.join(tmpdir(), "ringback-tls-"));
const { NODE_EXTRA_CA_CERTS: others } = process.env;

export const trusted = await openCertificateAuthority(path.join(directory, "trusted"));
export const unknown = await openCertificateAuthority(path.join(directory, "unknown"));

const bundle = path.join(directory, "bundle.pem");
const all = others ? [trusted.certificatePath, others] : [trusted.certificatePath];
writeFileSync(bundle, all.map((file) => readFileSync(file, "utf8")).join("\n"));
process.env.NODE_EXTRA_CA_CERTS = bundle;

/** For when the runtime has been imported: programs that tests start need not know any of them. */
export function endTrust(): void {
  if (others === undefined) delete process.env.NODE_EXTRA_CA_CERTS;
  else process.env.NODE_EXTRA_CA_CERTS = others;
  rmSync(directory, { recursive: true });
}

/** An RSA key, and a certificate that it signs itself. */
export async function selfSignedRsa(name: string): Promise<KeyAndCertificate> {
  const signing = {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  };
  const keys = await crypto.subtle.generateKey(signing, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    signingAlgorithm: signing,
    notBefore: new Date(Date.now() - 86_400_000),
    notAfter: new Date(Date.now() + 86_400_000),
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: "dns", value: name }])],
  });
  const key = Buffer.from(await crypto.subtle.exportKey("pkcs8", keys.privateKey));
  return {
    cert: certificate.toString("pem"),
    key: createPrivateKey({ key, format: "der", type: "pkcs8" })
      .export({ type: "pkcs8", format: "pem" })
      .toString(),
  };
}
