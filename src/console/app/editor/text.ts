import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { queryClient, serviceChanged } from "../api/query-client.ts";
import { uploadVersion } from "../api/upload-version.ts";
import { fetchContent } from "../files/edits.ts";
import type { FileVersion } from "../files/file-version.ts";
import { listNow } from "../uploads/arrivals.ts";
import { forgetUnsaved, keepUnsaved, unsavedText } from "./unsaved.ts";

/** The text of a version, which never changes. Until it is there, that of the version before is shown. */
export function textQuery(version: FileVersion) {
  return queryOptions({
    queryKey: ["text", version.sid],
    queryFn: async ({ signal }) => (await fetchContent(version, signal)).text(),
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
  });
}

/**
 * Makes `text` the newest version of the file that `version` is of. What was typed meanwhile stays
 * unsaved. Throws what the API says.
 */
export async function saveText(version: FileVersion, text: string): Promise<FileVersion> {
  const { kind, service_sid: serviceSid, file_sid: fileSid, path, visibility } = version;
  const content = new Blob([text], { type: version.content_type });
  const saved = await uploadVersion(
    { kind, serviceSid, fileSid, path, visibility, content },
    () => {},
    new AbortController().signal,
  );
  queryClient.setQueryData(textQuery(saved).queryKey, text);
  listNow(saved);
  const now = unsavedText(fileSid);
  if (now?.text === text) forgetUnsaved(fileSid);
  else if (now) keepUnsaved({ base: saved, text: now.text });
  void serviceChanged(serviceSid);
  return saved;
}
