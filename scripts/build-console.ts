/**
 * Builds the console into dist/assets/console, where the Worker's assets binding finds it, and prints
 * what a first visit downloads. Does nothing when the build there was made from the same sources;
 * `--force` builds anyway.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const ROOT = path.join(import.meta.dirname, "..");
const SOURCES = path.join(ROOT, "src/console");
const OUTPUT = path.join(ROOT, "dist/assets/console");
/** Vite's list of what it wrote, read for its sizes and then removed: nobody need fetch it. */
const MANIFEST = ".vite/manifest.json";
/** Beside the output, so that nobody can fetch it. */
const STAMP = path.join(ROOT, "dist/console.json");

/** What the console is built from beside its own folder. */
const SHARED = [
  "package-lock.json",
  "src/api/representations.ts",
  "src/contract/canonical-path.ts",
].map((file) => path.join(ROOT, file));

/** JavaScript a first visit may download, bytes of gzip. */
const BUDGET = 200_000;

type Chunk = { file: string; imports?: string[]; isEntry?: boolean };
type Manifest = Record<string, Chunk>;

/** The fingerprint of the sources, and what a first visit downloads, bytes of gzip. */
type Stamp = { sources: string; files: { file: string; bytes: number }[] };

/** Builds the console unless it is up to date. Throws when the first visit exceeds its budget. */
export async function buildConsole({ force = false, report = true } = {}): Promise<void> {
  const sources = fingerprint();
  let made = force ? null : readStamp();
  if (made?.sources !== sources) {
    made = { sources, files: await makeOutput() };
    writeFileSync(STAMP, JSON.stringify(made));
  }
  const total = made.files.reduce((sum, { bytes }) => sum + bytes, 0);
  if (report) {
    for (const { file, bytes } of made.files) console.log(`${kilobytes(bytes)}  ${file}`);
    console.log(
      `${kilobytes(total)}  JavaScript of the console's first visit, gzip (at most 200 kB)`,
    );
  }
  if (total > BUDGET) throw new Error(`The console's first visit exceeds ${BUDGET} bytes`);
}

/**
 * Builds beside the output and then takes its place, whole: another process may serve the console, or
 * build it too, meanwhile. Returns what a first visit downloads.
 */
async function makeOutput(): Promise<Stamp["files"]> {
  const made = path.join(ROOT, `dist/console-${process.pid}`);
  try {
    await runVite(made);
    const files = firstVisit(made);
    rmSync(path.dirname(path.join(made, MANIFEST)), { recursive: true });
    replaceOutput(made);
    return files;
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

/** Moves `made` to the output's place; of two that do so at once, one finds the place taken again. */
function replaceOutput(made: string): void {
  mkdirSync(path.dirname(OUTPUT), { recursive: true });
  for (let attempt = 1; ; attempt++) {
    try {
      rmSync(OUTPUT, { recursive: true, force: true });
      renameSync(made, OUTPUT);
      return;
    } catch (error) {
      const taken = ["ENOTEMPTY", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? "");
      if (!taken || attempt === 3) throw error;
    }
  }
}

/** A process of its own: a test runner's NODE_ENV would make it build React's development version. */
function runVite(output: string): Promise<void> {
  const script = path.join(ROOT, "node_modules/vite/bin/vite.js");
  const config = path.join(SOURCES, "vite.config.ts");
  const target = ["--outDir", output, "--emptyOutDir"];
  const args = [script, "build", "--config", config, ...target, "--logLevel", "warn"];
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, NODE_ENV: "production" },
    stdio: ["ignore", "inherit", "inherit"],
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`The console was not built: vite ended with ${code}`)),
    );
  });
}

/** What the output was made from, or null where there is none. */
function readStamp(): Stamp | null {
  if (!existsSync(STAMP) || !existsSync(path.join(OUTPUT, "index.html"))) return null;
  return JSON.parse(readFileSync(STAMP, "utf8"));
}

/** The hash of everything that the output is made of. */
function fingerprint(): string {
  const sources = readdirSync(SOURCES, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  const hash = createHash("sha256");
  for (const file of [...sources, ...SHARED].sort()) {
    hash.update(`${path.relative(ROOT, file)}\0`).update(readFileSync(file));
  }
  return hash.digest("hex");
}

/** What a person sees first: the entry (sign-in), then the list of services beside the uploads. */
const FIRST_PAGES = new Set(["services/services-page.tsx", "uploads/upload-panel.tsx"]);

/** The scripts in `output` that those pages load, with all they import. */
function firstVisit(output: string): Stamp["files"] {
  const manifest: Manifest = JSON.parse(readFileSync(path.join(output, MANIFEST), "utf8"));
  const seen = new Set<string>();
  const visit = (key: string) => {
    if (seen.has(key)) return;
    seen.add(key);
    for (const imported of manifest[key]?.imports ?? []) visit(imported);
  };
  for (const [key, chunk] of Object.entries(manifest)) {
    if (chunk.isEntry || FIRST_PAGES.has(key)) visit(key);
  }
  return [...seen].map((key) => {
    const file = (manifest[key] as Chunk).file;
    return { file, bytes: gzipSync(readFileSync(path.join(output, file)), { level: 9 }).length };
  });
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1).padStart(7)} kB`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildConsole({ force: process.argv.includes("--force") });
}
