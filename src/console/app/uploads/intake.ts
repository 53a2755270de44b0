/** Files on their way in: from a file dialog, or dropped, folders and all. */

import { comparePaths } from "../files/paths.ts";

/** A file and its place below what was chosen or dropped: `menu/greeting.mp3`. */
export type IncomingFile = { file: File; relativePath: string };

/** Files of the desktop that nobody means to publish. */
const DESKTOP_FILES = new Set([".DS_Store", "Thumbs.db", "desktop.ini"]);

/** Reads what a file dialog gave; a folder's files keep their path, that folder's name in front. */
export function chosenFiles(files: Iterable<File>): IncomingFile[] {
  return wanted(
    [...files].map((file) => ({
      file,
      relativePath: file.webkitRelativePath || file.name,
    })),
  );
}

/**
 * Reads what was dropped, folders with all below them. The entries are taken before the first wait:
 * the browser forgets them when the event is over. Each folder keeps its name.
 */
export async function droppedFiles(transfer: DataTransfer): Promise<IncomingFile[]> {
  const entries = [...transfer.items].flatMap((item) => {
    const entry = item.kind === "file" ? item.webkitGetAsEntry() : null;
    return entry ? [entry] : [];
  });
  if (entries.length === 0) return chosenFiles(transfer.files);
  const found = (await Promise.all(entries.map((entry) => filesBelow(entry, "")))).flat();
  return wanted(found);
}

/** Whether a drag carries files, not text or a link. */
export function carriesFiles(transfer: DataTransfer | null): boolean {
  return transfer?.types.includes("Files") ?? false;
}

async function filesBelow(entry: FileSystemEntry, folder: string): Promise<IncomingFile[]> {
  const relativePath = folder + entry.name;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    return [{ file, relativePath }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const children: FileSystemEntry[] = [];
  for (;;) {
    // A reader gives a hundred entries at a time, and none at the end.
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (batch.length === 0) break;
    children.push(...batch);
  }
  return (await Promise.all(children.map((child) => filesBelow(child, `${relativePath}/`)))).flat();
}

function wanted(files: IncomingFile[]): IncomingFile[] {
  return files
    .filter(({ relativePath }) => !DESKTOP_FILES.has(relativePath.split("/").at(-1) as string))
    .sort((left, right) => comparePaths(left.relativePath, right.relativePath));
}
