import { SourceMap } from "node:module";
import path from "node:path";
import { build } from "esbuild";

export const BUNDLE_NAME = "worker.mjs";

export type Bundle = {
  contents: string;
  /** Names the source of each position of the bundle that `text`, a stack trace say, mentions. */
  resolvePositions(text: string): string;
};

/** Bundles the Worker at `entryPoint` for the local runtime; throws esbuild's BuildFailure. */
export async function bundleWorker(entryPoint: string): Promise<Bundle> {
  const { outputFiles } = await build({
    entryPoints: [entryPoint],
    outfile: path.join(path.dirname(entryPoint), BUNDLE_NAME),
    bundle: true,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*"],
    loader: { ".txt": "text" },
    sourcemap: "external",
    write: false,
    logLevel: "silent",
  });
  const text = (suffix: string) =>
    outputFiles.find((file) => file.path.endsWith(suffix))?.text ?? "";
  const map = text(".map");
  let sourceMap: SourceMap | undefined;
  return {
    contents: text(BUNDLE_NAME),
    resolvePositions: (message) =>
      message.replaceAll(POSITION, (position, line, column) => {
        sourceMap ??= new SourceMap(JSON.parse(map));
        const { fileName, lineNumber, columnNumber } = sourceMap.findOrigin(+line, +column) as {
          fileName?: string;
          lineNumber?: number;
          columnNumber?: number;
        };
        if (fileName === undefined) return position;
        const source = path.relative(".", path.resolve(path.dirname(entryPoint), fileName));
        return `${source}:${lineNumber}:${columnNumber}`;
      }),
  };
}

/** As V8 writes it: `worker.mjs:12:34`, with or without `file:///` in front. */
const POSITION = /(?:file:\/\/\/)?\bworker\.mjs:(\d+):(\d+)/g;
