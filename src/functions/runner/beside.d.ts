/** The modules that stand beside the runner in a dynamic Worker. */
declare module "manifest.json" {
  const manifest: import("./protocol.ts").RunnerManifest;
  export default manifest;
}

declare module "native.cjs" {
  /** The Worker's own `require`: CommonJS modules by name, and Node's builtins. */
  const native: { require(id: string): unknown };
  export default native;
}

declare module "bridge.js" {
  /** What ES modules call the loader by; the loader fills it in. */
  const bridge: Record<string, unknown>;
  export default bridge;
}

/** The parsing half of qs: Express reads a query with it. */
declare module "qs/lib/parse.js" {
  type Options = { allowPrototypes: boolean; arrayLimit: number };
  export default function parse(query: string, options: Options): object;
}
