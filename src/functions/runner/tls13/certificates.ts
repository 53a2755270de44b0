import type { X509Certificate } from "node:crypto";
import type { Identity } from "./identity.ts";
import { nodeCrypto } from "./keys.ts";

/** Whom a client trusts, and who it says it is. */
export type Trust = {
  /** The name, or address, that the server has to prove. */
  name: string;
  /** False where any certificate will do. */
  check: boolean;
  /** Certificates in PEM or DER that are trusted. */
  authorities: unknown;
  /** The client's own check of the name, in place of this one's. */
  identify?: (name: string, certificate: object) => Error | undefined;
  identity?: Identity;
};

/** Certificates from the server's to one that is trusted. */
const MAX_CHAIN = 8;
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";

export function isIP(host: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host) || host.includes(":");
}

/** Why the server with these certificates, its own first, is not the one; null where it is. */
export function whyDistrusted(presented: X509Certificate[], trust: Trust): string | null {
  const [own] = presented;
  if (own === undefined) return "the server shows no certificate";
  if (!trust.check) return null;
  const { name, identify } = trust;
  if (identify !== undefined) {
    const error = identify(name, peerCertificate(own));
    if (error !== undefined) return error.message;
  } else if ((isIP(name) ? own.checkIP(name) : own.checkHost(name)) === undefined) {
    return `its certificate is not for ${name}`;
  }
  if (own.keyUsage && !own.keyUsage.includes(SERVER_AUTH)) {
    return "its certificate is not for servers";
  }
  return leadsTo(own, presented, readAuthorities(trust.authorities))
    ? null
    : "its certificate is not vouched for by an authority of `ca`";
}

/** A certificate as `getPeerCertificate` gives it: the platform's own object has other names. */
export function peerCertificate(certificate: X509Certificate): object {
  const { subject, issuer, subjectAltName } = certificate;
  return {
    ...certificate.toLegacyObject(),
    subject: distinguishedName(subject),
    issuer: distinguishedName(issuer),
    subjectaltname: subjectAltName,
  };
}

function distinguishedName(lines: string): Record<string, string> {
  const parts = lines.split("\n").map((line) => /^([^=]+)=(.*)$/.exec(line));
  return Object.fromEntries(parts.flatMap((part) => (part ? [[part[1], part[2]]] : [])));
}

/** Whether each certificate from `own` on is issued by the next, up to one of `authorities`. */
function leadsTo(
  own: X509Certificate,
  presented: X509Certificate[],
  authorities: X509Certificate[],
): boolean {
  let at = own;
  for (let depth = 0; depth < MAX_CHAIN; depth++) {
    if (!isCurrent(at)) return false;
    if (authorities.some(({ fingerprint256 }) => fingerprint256 === at.fingerprint256)) return true;
    const issued = (by: X509Certificate) =>
      by.ca && at.checkIssued(by) && at.verify(by.publicKey) && isCurrent(by);
    if (authorities.some(issued)) return true;
    const next = presented.find((by) => by !== at && issued(by));
    if (next === undefined) return false;
    at = next;
  }
  return false;
}

function isCurrent({ validFrom, validTo }: X509Certificate): boolean {
  const now = Date.now();
  return Date.parse(validFrom) <= now && now <= Date.parse(validTo);
}

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates of `given`, a list or one, each PEM (which may hold several) or DER. */
export function readAuthorities(given: unknown): X509Certificate[] {
  const { X509Certificate } = nodeCrypto();
  return [given].flat().flatMap((one) => {
    if (one === undefined || one === null) return [];
    const bytes = typeof one === "string" ? Buffer.from(one) : Buffer.from(one as Uint8Array);
    const all: (string | Buffer)[] = bytes.toString("latin1").match(PEM) ?? [bytes];
    return all.map((certificate) => new X509Certificate(certificate));
  });
}
