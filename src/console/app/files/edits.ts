/** Changes of a file that is there: each is a new version, since versions never change. */
import type { FunctionContentRepresentation, Visibility } from "../../../api/representations.ts";
import { get, getContent, post } from "../api/client.ts";
import { contentPath, filesPath, usageQuery } from "../api/queries.ts";
import { queryClient } from "../api/query-client.ts";
import { count } from "../format.ts";
import { notifyDone, notifyFailure, notifyWarning } from "../shell/failure.tsx";
import { versionToList } from "../uploads/arrivals.ts";
import { sizeProblem } from "../uploads/plan.ts";
import { enqueue, pendingUpload, type Upload } from "../uploads/queue.ts";
import type { FileVersion } from "./file-version.ts";
import { nameOf, shownPath } from "./paths.ts";

/** Gives each of `versions` another visibility, its bytes unchanged. */
export function changeVisibility(versions: FileVersion[], visibility: Visibility): void {
  const before = versions.map(asItStands).filter((file) => file.visibility !== visibility);
  let left = before.length;
  enqueue(
    before.map((file) => ({
      ...file,
      visibility,
      onDone: () => {
        left -= 1;
        if (left > 0) return;
        const what =
          before.length === 1
            ? shownPath((before[0] as typeof file).path)
            : `${before.length} files`;
        notifyDone(`${what}: ${visibility} from the next deployment on`, () => enqueue(before));
      },
    })),
  );
}

/** Gives a file another path, its bytes unchanged. */
export function rename(version: FileVersion, path: string): void {
  const before = asItStands(version);
  enqueue([
    {
      ...before,
      path,
      onDone: () => {
        void nameFile(version, path);
        notifyDone(`Renamed to ${shownPath(path)}`, () => {
          enqueue([before]);
          void nameFile(version, before.path);
        });
      },
    },
  ]);
}

/** Gives each file another path, its bytes unchanged. */
export function moveFiles(moved: { version: FileVersion; path: string }[]): void {
  const before = moved.map(({ version }) => asItStands(version));
  let left = moved.length;
  enqueue(
    moved.map(({ version, path }, index) => ({
      ...(before[index] as Upload),
      path,
      onDone: () => {
        void nameFile(version, path);
        left -= 1;
        if (left === 0) {
          notifyDone(`${count(moved.length, "file")} moved`, () => enqueue(before));
        }
      },
    })),
  );
}

/** Gives a file other bytes, or says why it cannot have them. */
export async function replaceContent(version: FileVersion, content: File): Promise<void> {
  // Without an answer the API decides.
  const usage = await queryClient.ensureQueryData(usageQuery()).catch(() => undefined);
  const before = asItStands(version);
  const problem = sizeProblem({ ...before, size: content.size }, usage?.limits);
  if (problem) return notifyWarning(`${shownPath(before.path)} was not replaced: ${problem}`);
  enqueue([
    {
      ...before,
      content,
      size: content.size,
      mode: "upload",
      onDone: () => notifyDone(`Replaced ${shownPath(before.path)}`, () => enqueue([before])),
    },
  ]);
}

/** Saves a version's bytes on the person's own machine. */
export async function download(version: FileVersion): Promise<void> {
  try {
    saveFile(await fetchContent(version), downloadName(version));
  } catch (error) {
    notifyFailure(`${shownPath(version.path)} could not be downloaded`, error);
  }
}

/** Saves `content` on the person's own machine. */
export function saveFile(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
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

/** What a file is called on the person's own machine. */
export function downloadName({ kind, path }: FileVersion): string {
  const name = nameOf(shownPath(path)).replaceAll("/", "");
  if (kind === "function") return `${name || "index"}.js`;
  return name || "index.html";
}

/**
 * What a change of `version`'s file starts from: not what the list shows, but what this tab has asked
 * for since, on its way or not listed yet. Else a visibility chosen right after a new path undid it.
 */
function asItStands(version: FileVersion): Upload {
  const newest = sameContent(versionToList(version.file_sid) ?? version);
  const pending = pendingUpload(version.file_sid);
  if (!pending) return newest;
  const { path, visibility, content, size } = pending;
  return { ...newest, path, visibility, content, size };
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
