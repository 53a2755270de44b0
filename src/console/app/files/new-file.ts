import type { Visibility } from "../../../api/representations.ts";
import { post, remove } from "../api/client.ts";
import { filesPath } from "../api/queries.ts";
import { serviceChanged } from "../api/query-client.ts";
import { uploadVersion } from "../api/upload-version.ts";
import { listNow } from "../uploads/arrivals.ts";
import type { FileKind, FileVersion } from "./file-version.ts";
import { shownPath } from "./paths.ts";

/**
 * Makes a file with its first version, and puts it into the list. Throws what the API says; nothing is
 * then left behind.
 */
export async function createFile(file: {
  kind: FileKind;
  serviceSid: string;
  path: string;
  visibility: Visibility;
  content: Blob;
}): Promise<FileVersion> {
  const collection = filesPath(file.serviceSid, file.kind);
  const FriendlyName = shownPath(file.path).slice(0, 255);
  const { sid } = await post<{ sid: string }>(collection, { FriendlyName });
  try {
    const version = await uploadVersion(
      { ...file, fileSid: sid },
      () => {},
      new AbortController().signal,
    );
    listNow(version);
    void serviceChanged(file.serviceSid);
    return version;
  } catch (error) {
    await remove(`${collection}/${sid}`).catch(() => {});
    throw error;
  }
}
