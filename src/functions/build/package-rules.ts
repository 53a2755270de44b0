import { canonicalPath } from "../../contract/canonical-path.ts";
import type { BuildMessage, PackageInput } from "./package.ts";

/**
 * Bytes of sources and private assets in one build. The gateway's isolate holds a package twice
 * while it hands it on, beside everything else that has a place in its 128 MB.
 */
const MAX_PACKAGE_SIZE = 16 * 1024 * 1024;

/** Bytes of one script: a syntax tree is many times as large as its source. */
export const MAX_SCRIPT_SIZE = 2 * 1024 * 1024;

/** Returns everything that is wrong with a package's sizes and names. */
export function packageErrors(input: PackageInput): BuildMessage[] {
  const sizes = [
    ...input.functions.map(({ path, source }) => ({ path, size: source.byteLength })),
    ...input.privateAssets.map(({ path, bytes }) => ({ path, size: bytes.byteLength })),
  ];
  return [...sizeErrors(sizes), ...pathErrors(input)];
}

/** Where a function's source stands in the package. */
export function functionFile(path: string): string {
  return `functions${path}.js`;
}

/** Where a private asset stands in the package. */
export function assetFile(path: string): string {
  return `assets${path}`;
}

/** Whether files of these sizes, bytes, fit into one package; known before any of them is read. */
export function sizeErrors(sizes: { path: string; size: number }[]): BuildMessage[] {
  const total = sizes.reduce((sum, { size }) => sum + size, 0);
  if (total <= MAX_PACKAGE_SIZE) return [];
  const [largest] = sizes.toSorted((a, b) => b.size - a.size);
  const message =
    `Functions and private assets of a build may have ${mebibytes(MAX_PACKAGE_SIZE)} together: ` +
    `these have ${mebibytes(total)}, the largest is ${largest?.path} (${mebibytes(largest?.size ?? 0)})`;
  return [{ message }];
}

/** `2.5 MiB`. */
export function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

/** Names that are read under another name than they are stored by inside a Worker. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing control characters is the rule.
const UNUSABLE_CHARACTER = /[\u0000-\u001f\u007f%?#:\\]/;
const UNUSABLE_SEGMENT = /\/(?:\.{0,2})(?=\/|$)/;

function pathErrors({ functions, privateAssets, assetPaths }: PackageInput): BuildMessage[] {
  const errors: BuildMessage[] = [];
  const taken = new Map(assetPaths.map((path) => [canonicalPath(path), "an asset"]));
  const files = new Set<string>();
  for (const { path, kind } of [
    ...functions.map(({ path }) => ({ path, kind: "a function" })),
    ...privateAssets.map(({ path }) => ({ path, kind: "a private asset" })),
  ]) {
    if (!path.startsWith("/") || UNUSABLE_CHARACTER.test(path) || UNUSABLE_SEGMENT.test(path)) {
      const rule = "a name may not have % ? # : or \\, nor a part that is empty, . or ..";
      errors.push({ message: `The path of ${kind} cannot be used: ${rule}`, path });
      continue;
    }
    const canonical = canonicalPath(path);
    const other = taken.get(canonical);
    if (other !== undefined) errors.push({ message: `${other} and ${kind} have one path`, path });
    taken.set(canonical, kind);
    files.add(kind === "a function" ? functionFile(path) : assetFile(path));
  }
  for (const file of files) {
    const folder = [...files].find((other) => other.startsWith(`${file}/`));
    if (folder === undefined) continue;
    const path = file.replace(/^[a-z]+/, "");
    errors.push({ message: `${path} cannot be a file and a folder at once`, path });
  }
  return errors;
}
