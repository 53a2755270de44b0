import { workedOn } from "../../contract/slices.ts";

/**
 * WebAssembly that code compiles as it runs: the runtime refuses that, and takes it as a module of the
 * Worker all the same. The runner finds the module by the checksum of the bytes.
 */
export type Assembly = { sha256: string; bytes: Uint8Array };

/** How every module begins, in base64 too. */
const MAGIC = [0x00, 0x61, 0x73, 0x6d];
const LITERAL = /(["'`])(AGFzbQEAAAA[A-Za-z0-9+/]{10,4000000}={0,2})\1/g;

/** Returns the module that `bytes` are; null where they are none. */
export async function assemblyOf(bytes: Uint8Array): Promise<Assembly | null> {
  if (!MAGIC.every((byte, index) => bytes[index] === byte)) return null;
  await workedOn(bytes.byteLength);
  // One that is none would keep the whole Worker from starting.
  if (!WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>)) return null;
  const digest = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return { sha256: new Uint8Array(digest).toHex(), bytes };
}

/** Returns the modules that stand in a script, as base64 in a text. */
export async function assembliesIn(source: string): Promise<Assembly[]> {
  const found: Assembly[] = [];
  for (const [, , text = ""] of source.matchAll(LITERAL)) {
    let bytes: Uint8Array;
    try {
      bytes = Uint8Array.fromBase64(text);
    } catch {
      continue;
    }
    const assembly = await assemblyOf(bytes);
    if (assembly !== null) found.push(assembly);
  }
  return found;
}
