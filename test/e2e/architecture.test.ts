import path from "node:path";
import { build, type Metafile } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";

const ROOT = path.join(import.meta.dirname, "../..");

/** The two sides' contract: what every room may import. */
const CONTRACT = [
  "src/manifest.ts",
  "src/canonical-path.ts",
  "src/account-record.ts",
  "src/environment-record.ts",
];

/** A Worker's entrypoints are exported by its entry, with the little that they need at once. */
const ENTRYPOINTS = [
  "src/functions/addresses.ts",
  "src/functions/log-record.ts",
  "src/functions/logs.ts",
  "src/functions/outbound.ts",
];

let inputs: Metafile["inputs"];

beforeAll(async () => {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ["src/worker.ts"],
    bundle: true,
    splitting: true,
    outdir: "unwritten",
    write: false,
    metafile: true,
    format: "esm",
    conditions: ["workerd", "worker", "browser"],
    external: ["node:*", "cloudflare:*"],
    loader: { ".txt": "text", ".bin": "binary" },
    logLevel: "silent",
  });
  inputs = metafile.inputs;
});

/** The files of ours that a file imports, whether at once or on demand. */
function importsOf(file: string): string[] {
  return (inputs[file]?.imports ?? []).map((imported) => imported.path);
}

function room(file: string): string {
  return /^src\/([^/]+)\//.exec(file)?.[1] ?? file;
}

describe("what may import what", () => {
  it.each([
    ["gateway", ["gateway", ...CONTRACT]],
    ["publish", ["publish", "store", ...CONTRACT]],
    ["store", ["store", ...CONTRACT]],
  ])("%s imports of ours only %j", (name, allowed) => {
    const files = Object.keys(inputs).filter((file) => room(file) === name);
    const outside = files.flatMap((file) =>
      importsOf(file)
        .filter((imported) => name === "gateway" || imported.startsWith("src/"))
        .filter((imported) => !allowed.includes(room(imported)))
        .map((imported) => `${file} imports ${imported}`),
    );
    if (name === "gateway") expect(files.length).toBeGreaterThan(10);
    expect(outside).toEqual([]);
  });

  it("what a start loads is the entry, the gateway and the contract; no package, no write side", () => {
    const loaded = new Set<string>();
    const visit = (file: string) => {
      if (loaded.has(file) || file === "cloudflare:workers") return;
      loaded.add(file);
      for (const imported of inputs[file]?.imports ?? []) {
        if (imported.kind === "import-statement") visit(imported.path);
      }
    };
    visit("src/worker.ts");
    const others = [...loaded].filter((file) => room(file) !== "gateway").sort();
    expect(others).toEqual(["src/worker.ts", ...CONTRACT, ...ENTRYPOINTS].sort());
  });
});
