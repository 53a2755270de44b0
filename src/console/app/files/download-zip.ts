import { notifyDone, notifyFailure, notifyWarning } from "../shell/failure.tsx";
import { downloadName, fetchContent, saveFile } from "./edits.ts";
import type { FileVersion } from "./file-version.ts";
import { folderOf, nameOf, shownPath } from "./paths.ts";
import { ZIP_FILES, type ZipEntry, zipParts } from "./zip.ts";

/** How many files are fetched at once. */
const AT_ONCE = 4;
/** What a page can well hold, bytes. */
const MOST_BYTES = 1_000_000_000;

/** Saves the files of `versions`, all below `folder`, as one ZIP file on the person's own machine. */
export async function downloadZip(versions: FileVersion[], folder: string): Promise<void> {
  const bytes = versions.reduce((sum, { content_size }) => sum + content_size, 0);
  if (bytes > MOST_BYTES || versions.length > ZIP_FILES) {
    return notifyWarning("That is more than one ZIP file takes here: choose fewer files.");
  }
  const entries: ZipEntry[] = [];
  const next = versions.values();
  const worker = async () => {
    for (const version of next) {
      const content = new Uint8Array(await (await fetchContent(version)).arrayBuffer());
      const below = shownPath(folderOf(version.path)).slice(folder === "/" ? 0 : folder.length);
      const name = `${below}/${downloadName(version)}`.replace(/^\/+/, "");
      entries.push({ name, content, date: new Date(version.date_created) });
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    entries.sort((left, right) => (left.name < right.name ? -1 : 1));
    const zip = new Blob(zipParts(entries), { type: "application/zip" });
    saveFile(zip, `${nameOf(shownPath(folder)).replaceAll("/", "") || "files"}.zip`);
    notifyDone(`${entries.length} files saved as a ZIP file`);
  } catch (error) {
    notifyFailure("The ZIP file was not made", error);
  }
}
