/** Changes of an asset that is there: each is a new version, since versions never change. */
import type { AssetVersionRepresentation, Visibility } from "../../../api/representations.ts";
import { getContent, post } from "../api/client.ts";
import { contentPath, servicePath } from "../api/queries.ts";
import { notifyDone, notifyFailure } from "../shell/failure.tsx";
import { enqueue, type Upload } from "../uploads/queue.ts";
import { nameOf, shownPath } from "./paths.ts";

/** Gives each of `versions` another visibility, its bytes unchanged. */
export function changeVisibility(
  versions: AssetVersionRepresentation[],
  visibility: Visibility,
): void {
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

/** Gives an asset another path, its bytes unchanged. */
export function rename(version: AssetVersionRepresentation, path: string): void {
  enqueue([
    {
      ...sameContent(version),
      path,
      onDone: () => {
        void nameAsset(version, path);
        notifyDone(`Renamed to ${shownPath(path)}`, () => {
          restore([version]);
          void nameAsset(version, version.path);
        });
      },
    },
  ]);
}

/** Gives an asset other bytes. */
export function replaceContent(version: AssetVersionRepresentation, content: File): void {
  enqueue([
    {
      ...sameContent(version),
      content,
      size: content.size,
      kind: "upload",
      onDone: () => notifyDone(`Replaced ${shownPath(version.path)}`, () => restore([version])),
    },
  ]);
}

/** Makes `versions` the newest of their assets again. */
export function restore(versions: AssetVersionRepresentation[]): void {
  enqueue(versions.map(sameContent));
}

/** Saves an asset's bytes as a file. */
export async function download(version: AssetVersionRepresentation): Promise<void> {
  try {
    const content = await fetchContent(version);
    const url = URL.createObjectURL(content);
    const link = document.createElement("a");
    link.href = url;
    link.download = nameOf(shownPath(version.path)).replaceAll("/", "") || "index.html";
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  } catch (error) {
    notifyFailure(`${shownPath(version.path)} could not be downloaded`, error);
  }
}

/** Returns a version's bytes, of the type it is served with. */
export async function fetchContent(
  version: AssetVersionRepresentation,
  signal?: AbortSignal,
): Promise<Blob> {
  const response = await getContent(contentPath(version), signal);
  return new Blob([await response.arrayBuffer()], { type: version.content_type });
}

function sameContent(version: AssetVersionRepresentation): Upload {
  return {
    serviceSid: version.service_sid,
    assetSid: version.asset_sid,
    path: version.path,
    visibility: version.visibility,
    content: (signal) => fetchContent(version, signal),
    size: version.content_size,
    kind: "edit",
  };
}

/** Other tools list assets by this name. */
async function nameAsset(version: AssetVersionRepresentation, path: string): Promise<void> {
  const asset = `${servicePath(version.service_sid)}/Assets/${version.asset_sid}`;
  await post(asset, { FriendlyName: shownPath(path).slice(0, 255) }).catch((error) =>
    notifyFailure("The asset kept its old name in lists", error),
  );
}
