import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

export type Visibility = "public" | "protected" | "private";

export type FolderAsset = { path: string; visibility: Visibility; content: Buffer };

/** A file that cannot be deployed, and why. */
class FolderFailure extends Error {}

/**
 * Returns the assets of a project folder laid out as Twilio's Serverless Toolkit wants it: all files
 * below `assets`, or `static` where there is no `assets`, by path (contract section 4). Throws
 * FolderFailure for a name that is no path, and for two files of one path.
 */
export function readToolkitFolder(folder: string): FolderAsset[] {
  const root = ["assets", "static"]
    .map((name) => path.join(folder, name))
    .find((directory) => existsSync(directory));
  if (!root) throw new FolderFailure(`${folder} has no folder assets or static`);
  const assets = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== ".DS_Store")
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => ({
      ...readToolkitName(path.relative(root, file)),
      content: readFileSync(file),
    }))
    .sort((one, other) => (one.path < other.path ? -1 : 1));
  const twice = assets.find((asset, index) => asset.path === assets[index + 1]?.path);
  if (twice) throw new FolderFailure(`Two files have the path ${twice.path}`);
  return assets;
}

/** What the Toolkit refuses in a path before it uploads. */
const REFUSED = /[#;,?:@+&$()'"]/;

/**
 * Returns what the name of a file, relative to the assets folder, says: `data.protected.csv` is
 * /data.csv, protected. White space becomes hyphens.
 */
export function readToolkitName(file: string): { path: string; visibility: Visibility } {
  const extension = path.extname(file);
  const marked = (visibility: Visibility) => file.endsWith(`.${visibility}${extension}`);
  const mark = (["public", "protected", "private"] as const).find(marked);
  const name = mark ? file.slice(0, -`.${mark}${extension}`.length) + extension : file;
  const assetPath = `/${name.replaceAll(path.sep, "/").replaceAll(/\s/g, "-")}`;
  const refused = REFUSED.exec(assetPath);
  if (refused) throw new FolderFailure(`${file}: a path may not hold ${refused[0]}`);
  if (assetPath.length > 255) throw new FolderFailure(`${file}: a path has at most 255 characters`);
  return { path: assetPath, visibility: mark ?? "public" };
}
