/*
 * Certificate authorities for tests: one that the runtime trusts, which reads NODE_EXTRA_CA_CERTS when it
 * is imported, after this; and one that nobody does.
 */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openCertificateAuthority } from "../../scripts/start/certificates.ts";

const directory = mkdtempSync(path.join(tmpdir(), "ringback-tls-"));
const { NODE_EXTRA_CA_CERTS: others } = process.env;

export const trusted = await openCertificateAuthority(path.join(directory, "trusted"));
export const unknown = await openCertificateAuthority(path.join(directory, "unknown"));

const bundle = path.join(directory, "bundle.pem");
const all = [trusted.certificatePath, others].filter((file) => file !== undefined);
writeFileSync(bundle, all.map((file) => readFileSync(file, "utf8")).join("\n"));
process.env.NODE_EXTRA_CA_CERTS = bundle;
