import { createPrivateKey } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import "reflect-metadata"; // @peculiar/x509 requires it to be loaded first
import * as x509 from "@peculiar/x509";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY = 24 * 60 * 60 * 1000;

/** Long enough for a server that is never restarted, and the longest that browsers accept. */
const LEAF_DAYS = 397;
const AUTHORITY_DAYS = 3650;

/**
 * RFC 5280, 4.2.1.10: the authority may vouch for localhost, for names below it and for the loopback
 * addresses, and for nothing else, so that trusting it is no risk to anything else.
 */
const NAME_CONSTRAINTS = Buffer.from(
  [
    "303fa03d", // NameConstraints, permittedSubtrees [0]
    ["300b8209", Buffer.from("localhost").toString("hex")], // dNSName
    ["300a8708", "7f000001", "ffffffff"], // iPAddress: address and mask
    ["30228720", "0".repeat(31), "1", "f".repeat(32)],
  ]
    .flat()
    .join(""),
  "hex",
);

/** PEM each, as Node takes them. */
export type KeyAndCertificate = { key: string; cert: string };

export type CertificateAuthority = {
  /** PEM, for a client to trust. */
  certificatePath: string;
  /**
   * Returns what a server needs to speak as `hostname`, and as `others`; each name is localhost or stands
   * below it.
   */
  issue(hostname: string, others?: string[]): Promise<KeyAndCertificate>;
};

/**
 * Opens the certificate authority kept in `directory`, or makes it there when there is none, or when
 * it will end before a certificate that it issues today.
 */
export async function openCertificateAuthority(directory: string): Promise<CertificateAuthority> {
  const certificatePath = path.join(directory, "ca.pem");
  const keyPath = path.join(directory, "ca-key.pem");
  if (!isUsable(certificatePath, keyPath)) {
    mkdirSync(directory, { recursive: true });
    const made = await makeAuthority();
    writeFileSync(keyPath, made.key, { mode: 0o600 });
    writeFileSync(certificatePath, made.certificate);
  }
  const authority = new x509.X509Certificate(readFileSync(certificatePath, "utf8"));
  const authorityKey = await crypto.subtle.importKey(
    "pkcs8",
    createPrivateKey(readFileSync(keyPath)).export({ type: "pkcs8", format: "der" }),
    ALGORITHM,
    false,
    ["sign"],
  );
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const key = await exportPrivateKey(keys.privateKey);

  async function issue(
    hostname: string,
    others = ["localhost", "*.localhost"],
  ): Promise<KeyAndCertificate> {
    const names = [...new Set([...others, hostname])];
    const certificate = await x509.X509CertificateGenerator.create({
      subject: "CN=localhost,O=Ringback",
      issuer: authority.subject,
      ...validity(LEAF_DAYS),
      publicKey: keys.publicKey,
      signingKey: authorityKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension([
          ...names.map((value) => ({ type: "dns" as const, value })),
          { type: "ip", value: "127.0.0.1" },
          { type: "ip", value: "::1" },
        ]),
        await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    return { key, cert: certificate.toString("pem") };
  }

  return { certificatePath, issue };
}

async function makeAuthority(): Promise<{ certificate: string; key: string }> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=Ringback local certificate authority,O=Ringback",
    ...validity(AUTHORITY_DAYS),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      new x509.Extension("2.5.29.30", true, NAME_CONSTRAINTS),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    certificate: `${certificate.toString("pem")}\n`,
    key: await exportPrivateKey(keys.privateKey),
  };
}

function isUsable(certificatePath: string, keyPath: string): boolean {
  if (!existsSync(certificatePath) || !existsSync(keyPath)) return false;
  const { notAfter } = new x509.X509Certificate(readFileSync(certificatePath, "utf8"));
  return notAfter.getTime() > Date.now() + LEAF_DAYS * DAY;
}

/** Begins a day ago: the clocks of a container and of its host need not agree. */
function validity(days: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - DAY), notAfter: new Date(Date.now() + days * DAY) };
}

async function exportPrivateKey(key: CryptoKey): Promise<string> {
  const der = Buffer.from(await crypto.subtle.exportKey("pkcs8", key));
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" })
    .export({ type: "pkcs8", format: "pem" })
    .toString();
}
