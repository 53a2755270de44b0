/** Changes of a file that is there: each is a new version, since versions never change. */
import type { FunctionContentRepresentation, Visibility } from "../../../api/representations.ts";
import { get, getContent, post } from "../api/client.ts";
import { contentPath, filesPath } from "../api/queries.ts";
import { notifyDone, notifyFailure } from "../shell/failure.tsx";
import { enqueue, type Upload } from "../uploads/queue.ts";
import type { FileVersion } from "./file-version.ts";
import { nameOf, shownPath } from "./paths.ts";

/** Gives each of `versions` another visibility, its bytes unchanged. */
export function changeVisibility(versions: FileVersion[], visibility: Visibility): void {
  const changed = versions.filter((version) => version.visibility !== visibility);
  let left = changed.length;
  enqueue(
    changed.map((version) => ({
      ...sameContent(version),
      visibility,
      onDone: () => {
        left -= 1;
        if (left > 0) return;
        const what =
          changed.length === 1
            ? shownPath((changed[0] as typeof version).path)
            : `${changed.length} files`;
        notifyDone(`${what}: ${visibility} from the next deployment on`, () => restore(changed));
      },
    })),
  );
}

/** Gives a file another path, its bytes unchanged. */
export function rename(version: FileVersion, path: string): void {
  enqueue([
    {
      ...sameContent(version),
      path,
      onDone: () => {
        void nameFile(version, path);
        notifyDone(`Renamed to ${shownPath(path)}`, () => {
          restore([version]);
          void nameFile(version, version.path);
        });
      },
    },
  ]);
}

/** Gives a file other bytes. */
export function replaceContent(version: FileVersion, content: File): void {
  enqueue([
    {
      ...sameContent(version),
      content,
      size: content.size,
      mode: "upload",
      onDone: () => notifyDone(`Replaced ${shownPath(version.path)}`, () => restore([version])),
    },
  ]);
}

/** Makes `versions` the newest of their files again. */
export function restore(versions: FileVersion[]): void {
  enqueue(versions.map(sameContent));
}

/** Saves a version's bytes on the person's own machine. */
export async function download(version: FileVersion): Promise<void> {
  try {
    const content = await fetchContent(version);
    const url = URL.createObjectURL(content);
    const link = document.createElement("a");
    link.href = url;
    link.download = downloadName(version);
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  } catch (error) {
    notifyFailure(`${shownPath(version.path)} could not be downloaded`, error);
  }
}

/** Returns a version's bytes, of the type it is served with. */
export async function fetchContent(version: FileVersion, signal?: AbortSignal): Promise<Blob> {
  if (version.kind === "function") {
    const source = await get<FunctionContentRepresentation>(contentPath(version), signal);
    return new Blob([source.content], { type: version.content_type });
  }
  const response = await getContent(contentPath(version), signal);
  return new Blob([await response.arrayBuffer()], { type: version.content_type });
}

function downloadName({ kind, path }: FileVersion): string {
  const name = nameOf(shownPath(path)).replaceAll("/", "");
  if (kind === "function") return `${name || "index"}.js`;
  return name || "index.html";
}

function sameContent(version: FileVersion): Upload {
  return {
    kind: version.kind,
    serviceSid: version.service_sid,
    fileSid: version.file_sid,
    path: version.path,
    visibility: version.visibility,
    content: (signal) => fetchContent(version, signal),
    size: version.content_size,
    mode: "edit",
  };
}

/** Other tools list assets by this name. */
async function nameFile(version: FileVersion, path: string): Promise<void> {
  const file = `${filesPath(version.service_sid, version.kind)}/${version.file_sid}`;
  await post(file, { FriendlyName: shownPath(path).slice(0, 255) }).catch((error) =>
    notifyFailure("The file kept its old name in other tools' lists", error),
  );
}
