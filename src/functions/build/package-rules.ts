import { canonicalPath } from "../../contract/canonical-path.ts";
import { mebibytes } from "./limits.ts";
import type { BuildMessage, SourceFile } from "./protocol.ts";

/**
 * Bytes of sources and private assets in one build. The gateway's isolate holds a package twice
 * while it hands it on, beside everything else that has a place in its 128 MB.
 */
const MAX_PACKAGE_SIZE = 16 * 1024 * 1024;

/** Returns everything that is wrong with a package's sizes and names. */
export function packageErrors(files: SourceFile[], assetPaths: string[]): BuildMessage[] {
  return [...sizeErrors(files), ...pathErrors(files, assetPaths)];
}

/** Where a file of the build stands in the package. */
export function packagedName({ kind, path }: Pick<SourceFile, "kind" | "path">): string {
  return kind === "function" ? functionFile(path) : `assets${path}`;
}

/** Where a function's source stands in the package. */
export function functionFile(path: string): string {
  return `functions${path}.js`;
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

/** Names that are read under another name than they are stored by inside a Worker. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: refusing control characters is the rule.
const UNUSABLE_CHARACTER = /[\u0000-\u001f\u007f%?#:\\]/;
const UNUSABLE_SEGMENT = /\/(?:\.{0,2})(?=\/|$)/;

function pathErrors(sources: SourceFile[], assetPaths: string[]): BuildMessage[] {
  const errors: BuildMessage[] = [];
  const taken = new Map(assetPaths.map((path) => [canonicalPath(path), "an asset"]));
  const files = new Set<string>();
  for (const source of sources) {
    const { path } = source;
    const kind = source.kind === "function" ? "a function" : "a private asset";
    if (!path.startsWith("/") || UNUSABLE_CHARACTER.test(path) || UNUSABLE_SEGMENT.test(path)) {
      const rule = "a name may not have % ? # : or \\, nor a part that is empty, . or ..";
      errors.push({ message: `The path of ${kind} cannot be used: ${rule}`, path });
      continue;
    }
    const canonical = canonicalPath(path);
    const other = taken.get(canonical);
    if (other !== undefined) errors.push({ message: `${other} and ${kind} have one path`, path });
    taken.set(canonical, kind);
    files.add(packagedName(source));
  }
  return [...errors, ...folderErrors(files)];
}

function folderErrors(files: Set<string>): BuildMessage[] {
  const folders = new Set<string>();
  for (const file of files) {
    for (let at = file.lastIndexOf("/"); at > 0; at = file.lastIndexOf("/", at - 1)) {
      const folder = file.slice(0, at);
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  }
  return [...files].flatMap((file) => {
    if (!folders.has(file)) return [];
    const path = file.replace(/^[a-z]+/, "");
    return [{ message: `${path} cannot be a file and a folder at once`, path }];
  });
}
