import manifest from "manifest.json";
import native from "native.cjs";
import { requireBuiltin } from "./libraries.ts";

/*
 * WebAssembly out of bytes: the platform compiles none. What the build found of it is a module of the
 * Worker, under the checksum of its bytes.
 */

type Imports = Record<string, unknown>;

/** What the platform's types leave out, since it refuses that. */
type Platform = {
  Module: new (source: unknown) => WebAssembly.Module;
  compile(source: unknown): Promise<WebAssembly.Module>;
  instantiate(source: unknown, imports?: Imports): Promise<unknown>;
  compileStreaming(source: unknown): Promise<WebAssembly.Module>;
  instantiateStreaming(source: unknown, imports?: Imports): Promise<unknown>;
};

/** Has WebAssembly compile what the build found; for all else the platform's own refusal stands. */
export function compileLaidWasm(): void {
  if (Object.keys(manifest.wasm).length === 0) return;
  const platform = WebAssembly as unknown as Platform;
  const { Module, compile, instantiate } = platform;
  const compiled = async (source: unknown) => laid(source) ?? compile(source);
  const instantiated = async (source: unknown, imports?: Imports) => {
    if (source instanceof Module) return instantiate(source, imports);
    const module = await compiled(source);
    return { module, instance: await instantiate(module, imports) };
  };
  const whole = async (source: unknown) => ((await source) as Response).arrayBuffer();
  Object.assign(platform, {
    Module: new Proxy(Module, {
      construct: (target, given, made) => laid(given[0]) ?? Reflect.construct(target, given, made),
    }),
    compile: compiled,
    instantiate: instantiated,
    compileStreaming: async (source: unknown) => compiled(await whole(source)),
    instantiateStreaming: async (source: unknown, imports?: Imports) =>
      instantiated(await whole(source), imports),
  } satisfies Platform);
}

/** The module that was laid for bytes, if any was. */
function laid(source: unknown): WebAssembly.Module | undefined {
  const isView = ArrayBuffer.isView(source);
  if (!isView && !(source instanceof ArrayBuffer)) return undefined;
  const bytes = isView
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
  const { createHash } = requireBuiltin("crypto") as typeof import("node:crypto");
  const name = manifest.wasm[createHash("sha256").update(bytes).digest("hex")];
  return name === undefined ? undefined : (native.require(name) as WebAssembly.Module);
}
