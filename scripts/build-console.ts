/**
 * Builds the console into dist/console, where the Worker's assets binding finds it, and prints what a
 * first visit downloads. Does nothing when the build there was made from the same sources; `--force`
 * builds anyway.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const ROOT = path.join(import.meta.dirname, "..");
const SOURCES = path.join(ROOT, "src/console");
const OUTPUT = path.join(ROOT, "dist/console");
/** Beside the output, so that nobody can fetch it. */
const STAMP = path.join(ROOT, "dist/console.sha256");

/** JavaScript a first visit may download, bytes of gzip. */
const BUDGET = 200_000;

type Chunk = { file: string; imports?: string[]; css?: string[]; isEntry?: boolean };
type Manifest = Record<string, Chunk>;

/** Builds the console unless it is up to date. Throws when the first visit exceeds its budget. */
export async function buildConsole({ force = false, report = true } = {}): Promise<void> {
  const fingerprint = fingerprintOf([
    SOURCES,
    path.join(ROOT, "package-lock.json"),
    path.join(ROOT, "src/api/representations.ts"),
    path.join(ROOT, "src/canonical-path.ts"),
  ]);
  const built = existsSync(STAMP) ? readFileSync(STAMP, "utf8") : "";
  if (!force && built === fingerprint && existsSync(path.join(OUTPUT, "index.html"))) return;
  const { build } = await import("vite");
  await build({ configFile: path.join(SOURCES, "vite.config.ts"), logLevel: "warn" });
  const size = firstVisit();
  if (report) {
    for (const { file, bytes } of size.files) console.log(`${kilobytes(bytes)}  ${file}`);
    console.log(`${kilobytes(size.total)}  JavaScript of a first visit, gzip (at most 200 kB)`);
  }
  if (size.total > BUDGET) throw new Error(`The console's first visit exceeds ${BUDGET} bytes`);
  writeFileSync(STAMP, fingerprint);
}

function fingerprintOf(sources: string[]): string {
  const hash = createHash("sha256");
  for (const source of sources) {
    for (const file of filesOf(source)) hash.update(`${file}\0`).update(readFileSync(file));
  }
  return hash.digest("hex");
}

function filesOf(source: string): string[] {
  const entries = existsSync(source) ? readdirIfFolder(source) : [];
  return entries === null ? [source] : entries.map((entry) => path.join(source, entry)).sort();
}

function readdirIfFolder(source: string): string[] | null {
  try {
    return readdirSync(source, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(source, path.join(entry.parentPath, entry.name)));
  } catch {
    return null;
  }
}

/** The scripts that the entry page loads before it can show anything, with all they import. */
function firstVisit(): { files: { file: string; bytes: number }[]; total: number } {
  const manifest: Manifest = JSON.parse(
    readFileSync(path.join(OUTPUT, ".vite/manifest.json"), "utf8"),
  );
  const seen = new Set<string>();
  const visit = (key: string) => {
    if (seen.has(key)) return;
    seen.add(key);
    for (const imported of manifest[key]?.imports ?? []) visit(imported);
  };
  for (const [key, chunk] of Object.entries(manifest)) if (chunk.isEntry) visit(key);
  const files = [...seen].map((key) => {
    const file = (manifest[key] as Chunk).file;
    return { file, bytes: gzipSync(readFileSync(path.join(OUTPUT, file)), { level: 9 }).length };
  });
  return { files, total: files.reduce((sum, { bytes }) => sum + bytes, 0) };
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1).padStart(7)} kB`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(OUTPUT, { recursive: true });
  await buildConsole({ force: process.argv.includes("--force") });
}
