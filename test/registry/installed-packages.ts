import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { type TarFile, tarball } from "./tarball.ts";

const MODULES = path.join(import.meta.dirname, "../../node_modules");

type Manifest = { name: string; version: string } & Record<string, unknown>;

/** Version → manifest and folder of every installed copy of a package. */
export type Installed = Map<string, { manifest: Manifest; folder: string }>;

let folders: Map<string, string[]> | undefined;

/** Returns what node_modules has of a package, by whatever alias. */
export function installedVersions(name: string): Installed {
  folders ??= findPackages();
  const found: Installed = new Map();
  for (const folder of folders.get(name) ?? []) {
    const manifest = readManifest(folder) as Manifest;
    found.set(manifest.version, { manifest, folder });
  }
  return found;
}

/** Packs an installed package as npm would have published it. */
export function packInstalled(folder: string): Buffer {
  const files: TarFile[] = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .filter((name) => !/(?:^|\/)node_modules\/|\.d\.[cm]?ts$|\.map$/.test(name))
    .map((name) => ({ name, content: readFileSync(path.join(folder, name)) }));
  return tarball(files);
}

function findPackages(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const visit = (modules: string) => {
    for (const entry of readdirSync(modules)) {
      if (entry.startsWith(".")) continue;
      const folder = path.join(modules, entry);
      if (entry.startsWith("@")) {
        visit(folder);
        continue;
      }
      const name = readManifest(folder)?.name;
      if (name !== undefined) found.set(name, [...(found.get(name) ?? []), folder]);
      const nested = path.join(folder, "node_modules");
      if (existsSync(nested)) visit(nested);
    }
  };
  visit(MODULES);
  return found;
}

function readManifest(folder: string): Manifest | null {
  try {
    return JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
  } catch {
    return null;
  }
}
