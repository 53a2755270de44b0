import { Text } from "@mantine/core";
import { useSyncExternalStore } from "react";
import { count } from "../format.ts";
import {
  forgetFailedUploads,
  isUploading,
  onUploads,
  retryFailedUploads,
} from "../uploads/queue.ts";

/** What is not in the draft yet, or is not going to be: said before one deploys without it. */
export function DeployHints({
  serviceSid,
  failed,
  unsaved,
  changed,
}: {
  serviceSid: string;
  /** Uploads that failed, and files with text that is not saved. */
  failed: number;
  unsaved: number;
  /** Whether there is something to deploy. */
  changed: boolean;
}) {
  const uploading = useSyncExternalStore(onUploads, () => isUploading(serviceSid));
  return (
    <>
      {uploading && changed && (
        <Text size="xs" c="dimmed" className="rb-deploy-hint">
          Files are still being uploaded: Deploy All takes those that are done.
        </Text>
      )}
      {failed > 0 && (
        <Text size="xs" className="rb-deploy-hint rb-warn-text" role="status">
          {count(failed, "file")} failed to upload and {failed === 1 ? "is" : "are"} missing here.{" "}
          <button type="button" className="rb-link-button" onClick={retryFailedUploads}>
            Try again
          </button>{" "}
          <button
            type="button"
            className="rb-link-button"
            onClick={() => forgetFailedUploads(serviceSid)}
          >
            Do without
          </button>
        </Text>
      )}
      {unsaved > 0 && (
        <Text size="xs" className="rb-deploy-hint rb-warn-text" role="status">
          {count(unsaved, "file")} with text that is not saved: Deploy All takes what is saved.
        </Text>
      )}
    </>
  );
}
