import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { build, type Metafile } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";

const ROOT = path.join(import.meta.dirname, "../..");

/** What makes a build's package: the only code of Functions that publishing knows. */
const PACKAGING = "functions/build";

/** A Worker's entrypoints are exported by its entry, with the little that they need at once. */
const ENTRYPOINTS = [
  "src/activity/environment-activity.ts",
  "src/activity/recorder.ts",
  "src/activity/request-record.ts",
  "src/functions/run/addresses.ts",
  "src/functions/run/logs.ts",
  "src/functions/run/outbound.ts",
  "src/publish/build-object.ts",
  "src/publish/build-supply.ts",
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

/** All that is loaded with a file, before anything is imported on demand. */
function loadedWith(entry: string): Set<string> {
  const loaded = new Set<string>();
  const visit = (file: string) => {
    if (loaded.has(file) || file === "cloudflare:workers") return;
    loaded.add(file);
    for (const imported of inputs[file]?.imports ?? []) {
      if (imported.kind === "import-statement") visit(imported.path);
    }
  };
  visit(entry);
  return loaded;
}

function room(file: string): string {
  return /^src\/(functions\/[^/]+|[^/]+)\//.exec(file)?.[1] ?? file;
}

describe("what may import what", () => {
  it.each([
    ["gateway", ["gateway", "contract"]],
    ["publish", ["publish", "store", PACKAGING, "contract"]],
    ["store", ["store", "contract"]],
    ["contract", ["contract"]],
    ["activity", ["activity", "gateway", "contract"]],
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

  // Two of the three are bundled by themselves, and are text to the Worker.
  it.each([
    ["functions/build", ["contract"]],
    ["functions/run", ["functions/runner/protocol.ts", "gateway", "contract"]],
    ["functions/runner", ["contract"]],
  ])("%s imports of ours only itself and %j", async (name, allowed) => {
    const folder = path.join(ROOT, "src", name);
    const files = (await readdir(folder)).filter((file) => file.endsWith(".ts"));
    expect(files.length).toBeGreaterThan(10);
    const outside: string[] = [];
    for (const file of files) {
      const source = await readFile(path.join(folder, file), "utf8");
      for (const [, specifier = ""] of source.matchAll(/(?:from |import\()"(\.[^"]+)"/g)) {
        const imported = path.relative(path.join(ROOT, "src"), path.resolve(folder, specifier));
        const known = [name, ...allowed].some((one) => `${imported}/`.startsWith(`${one}/`));
        if (!known && !imported.startsWith("..")) outside.push(`${file} imports ${imported}`);
      }
    }
    expect(outside).toEqual([]);
  });

  it("what a start loads is the entry, the gateway and the contract; no package, no write side", () => {
    const loaded = loadedWith("src/worker.ts");
    const others = [...loaded].filter((file) => !["gateway", "contract"].includes(room(file)));
    expect(others.sort()).toEqual(["src/worker.ts", ...ENTRYPOINTS].sort());
  });

  it("nothing parses, unpacks or resolves what tenants made: that stands in the builder's text", () => {
    const bundled = Object.keys(inputs);
    expect(bundled).toContain("dist/functions/builder.txt");
    const tools =
      /node_modules\/(acorn|semver|es-module-lexer|cjs-module-lexer|resolve\.exports)\//;
    const reading = /functions\/build\/(source|source-parser|tar|unpack|registry)\.ts$/;
    expect(bundled.filter((file) => tools.test(file) || reading.test(file))).toEqual([]);
  });

  // What one request settles, no other awaits (docs/architecture.md). All requests to an object are one.
  it("nothing that outlives a request holds promises of requests, or what settles them", async () => {
    const files = Object.keys(inputs).filter((file) => file.startsWith("src/"));
    expect(files.length).toBeGreaterThan(100);
    const holding: string[] = [];
    for (const file of files) {
      const source = await readFile(path.join(ROOT, file), "utf8");
      const held =
        /(?:Map|Set)<[^;=\n>]*Promise<.*|: (?:Promise<[^;=()]*>|\(\(\) => void\))\[\]/.exec(source);
      if (held !== null) holding.push(`${file}: ${held[0]}`);
    }
    expect(holding).toEqual([]);
  });
});
