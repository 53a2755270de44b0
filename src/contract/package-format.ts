/**
 * The package: what a build with functions leaves in R2. It holds sources and facts about them, not
 * wrapped code: a later release's runner starts an old build. What its functions use of npm stands in
 * a closure (closure-format.ts), which it names, and in bundles of the release, by their hashes.
 */

/** The format this code writes. Version 0.1.0 wrote 1, which knew bundles alone. */
const PACKAGE_FORMAT = 2;

export type PackagedFile = {
  /** Below the Worker's root: `functions/sms/reply.js`, `assets/words.json`. */
  name: string;
  bytes: Uint8Array;
  /**
   * Null for a file that is read and not run. `imports`: offsets of `import` in every `import()`;
   * `compiles`: it may make code from text.
   */
  script: { imports: number[]; compiles?: true } | null;
  /** Of a private asset that is an ES module. */
  module?: PackagedModule;
  /** Of a private asset that is WebAssembly: the SHA-256 of its bytes. */
  wasm?: string;
};

/** An ES module as the Worker has it, and the modules that stand for what it imports elsewhere. */
export type PackagedModule = { code: string; shims: { name: string; code: string }[] };

/** Which Twilio library a dynamic Worker carries: TwiML alone, or the whole SDK. */
export type Flavour = "light" | "sdk";

export type PackagedLibrary = { name: string; version: string; file: string; sha256: string };

/** A bundle of the release that serves where it is the exact version wanted. */
export type PrebuiltLibrary = PackagedLibrary & {
  /** What can be required of it: `.`, `./lib/x`. */
  subpaths: string[];
};

export type FunctionPackage = {
  /** Path as deployed → file name. */
  functions: Record<string, string>;
  /** Path of a private asset → file name. */
  assets: Record<string, string>;
  files: PackagedFile[];
  /** Bundles of the release that made the build. */
  libraries: PackagedLibrary[];
  /** SHA-256 that names the closure; null where the build uses none. */
  closure: string | null;
};

/** A package but for its files' bytes. */
export type PackageDescription = Omit<FunctionPackage, "files"> & {
  files: (Omit<PackagedFile, "bytes"> & { size: number })[];
};

/** The R2 key of a build's package. */
export function packageKey(serviceSid: string, buildSid: string): string {
  return `builds/${serviceSid}/${buildSid}`;
}

/** The R2 key of a library bundle: by content, so that no release takes it from an older build. */
export function libraryKey(sha256: string): string {
  return `libraries/${sha256}`;
}

/** The line of JSON that stands before the files' bytes, which follow one another. */
export function packageHeader(description: PackageDescription): Uint8Array {
  return new TextEncoder().encode(
    `${JSON.stringify({ format: PACKAGE_FORMAT, ...description })}\n`,
  );
}

export type DecodedPackage = { ok: true; package: FunctionPackage } | { ok: false; detail: string };

/** Reads a package, also one of version 0.1.0; a later format is not read, nor anything else. */
export function decodePackage(encoded: Uint8Array): DecodedPackage {
  const end = encoded.indexOf(0x0a);
  if (end === -1) return { ok: false, detail: "no header" };
  let header: Header;
  try {
    header = JSON.parse(new TextDecoder().decode(encoded.subarray(0, end))) as Header;
  } catch {
    return { ok: false, detail: "no header" };
  }
  if (header.format !== 1 && header.format !== PACKAGE_FORMAT) {
    return { ok: false, detail: `format ${header.format}` };
  }
  const files: PackagedFile[] = [];
  let offset = end + 1;
  for (const { name, size, script, module, wasm } of header.files) {
    const bytes = encoded.subarray(offset, offset + size);
    if (bytes.byteLength !== size) return { ok: false, detail: `${name} is cut off` };
    offset += size;
    files.push({ name, bytes, script, ...(module && { module }), ...(wasm && { wasm }) });
  }
  const { functions, assets, libraries, closure = null } = header;
  return { ok: true, package: { functions, assets, files, libraries, closure } };
}

type Header = Omit<PackageDescription, "closure"> & { format: number; closure?: string | null };

/** A source's text without its byte order mark; throws where it is not UTF-8. */
export function decodeSource(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
}
