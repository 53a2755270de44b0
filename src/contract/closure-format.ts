/**
 * The closure: what a build's functions reach of their dependencies, laid as modules of a dynamic
 * Worker. One object in R2, named after all that it is made of; builds that ask the same share it.
 */

/** A module of the dynamic Worker. */
export type ClosureModule = {
  name: string;
  type: "cjs" | "js" | "data" | "wasm";
  size: number;
  /** Where no function that is called needs the whole Twilio SDK, it is left out. */
  sdk?: true;
};

/** What the runner has to know of the dependencies. */
export type ClosureLinks = {
  /** Root of a package → the modules with its CommonJS files and its JSON, by path. */
  tables: Record<string, string[]>;
  /** ES module → the shim that a require() of it goes by. */
  modules: Record<string, string>;
  /** Root of a package → what its files mean by a specifier; `""`: what the functions mean. */
  links: Record<string, Record<string, string>>;
  /** Specifiers of the functions that are an ES module to import(), which is not laid beside the other. */
  dual?: string[];
  /** SHA-256 of what is compiled as WebAssembly → the module that stands for it. */
  wasm?: Record<string, string>;
  /** Some of them may make code from text. */
  compiles?: true;
};

export type Closure = {
  links: ClosureLinks;
  modules: (Omit<ClosureModule, "size"> & { bytes: Uint8Array })[];
};

const FORMAT = 1;

/** The R2 key of a closure whose parts have this SHA-256. */
export function closureKey(sha256: string): string {
  return `npm/closures/${sha256}`;
}

/** The line that stands before the modules' bytes, which follow one another. */
export function closureHeader(links: ClosureLinks, modules: ClosureModule[]): Uint8Array {
  const listed = modules.map(({ name, type, size, sdk }) => ({ name, type, size, sdk }));
  return new TextEncoder().encode(
    `${JSON.stringify({ format: FORMAT, links, modules: listed })}\n`,
  );
}

export type DecodedClosure = { ok: true; closure: Closure } | { ok: false; detail: string };

/** Reads what stands behind `closureHeader`; nothing else is read, nor a later format. */
export function decodeClosure(encoded: Uint8Array): DecodedClosure {
  const end = encoded.indexOf(0x0a);
  if (end === -1) return { ok: false, detail: "no header" };
  let header: { format: number; links: ClosureLinks; modules: ClosureModule[] };
  try {
    header = JSON.parse(new TextDecoder().decode(encoded.subarray(0, end)));
  } catch {
    return { ok: false, detail: "no header" };
  }
  if (header.format !== FORMAT) return { ok: false, detail: `format ${header.format}` };
  const modules: Closure["modules"] = [];
  let offset = end + 1;
  for (const { size, ...module } of header.modules) {
    const bytes = encoded.subarray(offset, offset + size);
    if (bytes.byteLength !== size) return { ok: false, detail: `${module.name} is cut off` };
    offset += size;
    modules.push({ ...module, bytes });
  }
  return { ok: true, closure: { links: header.links, modules } };
}
