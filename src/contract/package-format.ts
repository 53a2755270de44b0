/**
 * The package: what a build with functions leaves in R2, and all that a dynamic Worker is made of
 * but the runner and the libraries, which it names by their hashes. It holds sources and facts about
 * them, not wrapped code: a later release's runner starts an old build.
 */

/** The format this code writes, and the only one it reads. */
const PACKAGE_FORMAT = 1;

export type PackageFile = {
  /** Below the Worker's root: `functions/sms/reply.js`, `assets/words.json`. */
  name: string;
  bytes: Uint8Array;
  /** Null for a file that is read and not run. `imports`: offsets of `import` in every `import()`. */
  script: { imports: number[] } | null;
};

export type PackagedLibrary = { name: string; version: string; file: string; sha256: string };

export type FunctionPackage = {
  /** Path as deployed → file name. */
  functions: Record<string, string>;
  /** Path of a private asset → file name. */
  assets: Record<string, string>;
  files: PackageFile[];
  libraries: PackagedLibrary[];
};

/** The R2 key of a build's package. */
export function packageKey(serviceSid: string, buildSid: string): string {
  return `builds/${serviceSid}/${buildSid}`;
}

/** The R2 key of a library bundle: by content, so that no release takes it from an older build. */
export function libraryKey(sha256: string): string {
  return `libraries/${sha256}`;
}

/** One line of JSON, then the files' bytes one after the other. Equal packages give equal bytes. */
export function encodePackage(pkg: FunctionPackage): Uint8Array {
  const { functions, assets, libraries } = pkg;
  const files = pkg.files.map(({ name, bytes, script }) => ({
    name,
    size: bytes.byteLength,
    script,
  }));
  const header = new TextEncoder().encode(
    `${JSON.stringify({ format: PACKAGE_FORMAT, functions, assets, libraries, files })}\n`,
  );
  const total = pkg.files.reduce((sum, { bytes }) => sum + bytes.byteLength, header.byteLength);
  const encoded = new Uint8Array(total);
  encoded.set(header);
  let offset = header.byteLength;
  for (const { bytes } of pkg.files) {
    encoded.set(bytes, offset);
    offset += bytes.byteLength;
  }
  return encoded;
}

export type DecodedPackage = { ok: true; package: FunctionPackage } | { ok: false; detail: string };

/** Reads what `encodePackage` wrote; nothing else is read, nor a later format. */
export function decodePackage(encoded: Uint8Array): DecodedPackage {
  const end = encoded.indexOf(0x0a);
  if (end === -1) return { ok: false, detail: "no header" };
  let header: Header;
  try {
    header = JSON.parse(new TextDecoder().decode(encoded.subarray(0, end))) as Header;
  } catch {
    return { ok: false, detail: "no header" };
  }
  if (header.format !== PACKAGE_FORMAT) return { ok: false, detail: `format ${header.format}` };
  const files: PackageFile[] = [];
  let offset = end + 1;
  for (const { name, size, script } of header.files) {
    const bytes = encoded.subarray(offset, offset + size);
    if (bytes.byteLength !== size) return { ok: false, detail: `${name} is cut off` };
    offset += size;
    files.push({ name, bytes, script });
  }
  const { functions, assets, libraries } = header;
  return { ok: true, package: { functions, assets, files, libraries } };
}

type Header = Omit<FunctionPackage, "files"> & {
  format: number;
  files: { name: string; size: number; script: PackageFile["script"] }[];
};

/** A source's text without its byte order mark; throws where it is not UTF-8. */
export function decodeSource(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
}
