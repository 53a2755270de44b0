import { ActionIcon, Button, CloseButton, Group, Progress, Text } from "@mantine/core";
import { memo, useState, useSyncExternalStore } from "react";
import { shownPath } from "../files/paths.ts";
import { count, formatBytes } from "../format.ts";
import { FailureText } from "../shell/failure.tsx";
import { Icon } from "../shell/icons.tsx";
import {
  cancelUpload,
  cancelUploads,
  closeUploads,
  isActive,
  onUploads,
  type QueuedUpload,
  queuedUploads,
  retryFailedUploads,
  retryUpload,
  uploadsAreHidden,
} from "./queue.ts";

/** The uploads of this tab, whatever page is shown: each one's progress, and the whole. */
export default function UploadPanel() {
  const uploads = useSyncExternalStore(onUploads, queuedUploads);
  const [chosen, setOpen] = useState<boolean | null>(null);
  const hidden = useSyncExternalStore(onUploads, uploadsAreHidden);
  if (uploads.length === 0 || hidden) return null;
  const active = uploads.filter(isActive);
  const failed = uploads.filter(({ state }) => state === "failed");
  // Where all went well there is nothing to read, and the files below it are wanted.
  const open = chosen ?? active.length + failed.length > 0;
  const done = uploads.filter(({ state }) => state === "done");
  const counted = uploads.filter(({ state }) => state !== "cancelled");
  const total = counted.reduce((sum, { size }) => sum + Math.max(size, 1), 0);
  const sent = counted.reduce(
    (sum, { state, size, sent }) => sum + (state === "done" ? Math.max(size, 1) : sent),
    0,
  );
  const percent = total === 0 ? 100 : Math.floor((sent / total) * 100);
  const title = summary({ active: active.length, failed: failed.length, done: done.length });
  const shown = mostTelling(uploads);
  const close = () => {
    setOpen(null);
    closeUploads();
  };
  return (
    <section className="rb-uploads" aria-label="Uploads">
      <Group justify="space-between" wrap="nowrap" gap="xs" px="sm" py={8}>
        <Text fw={600} size="sm" role="status">
          {title}
        </Text>
        <Group gap={4} wrap="nowrap">
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-expanded={open}
            aria-label={open ? "Hide the list of uploads" : "Show the list of uploads"}
            onClick={() => setOpen(!open)}
          >
            <span className={open ? "rb-turned" : "rb-turned-up"}>
              <Icon name="chevron" />
            </span>
          </ActionIcon>
          {active.length === 0 && (
            <CloseButton aria-label="Close the list of uploads" onClick={close} />
          )}
        </Group>
      </Group>
      {active.length > 0 && (
        <Progress value={percent} size="sm" radius={0} aria-label="All uploads" />
      )}
      {open && (
        <>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard. */}
          <ul className="rb-upload-list" tabIndex={0} aria-label="Uploaded files">
            {shown.map((upload) => (
              <UploadRow key={upload.id} upload={upload} />
            ))}
            {shown.length < uploads.length && (
              <li className="rb-upload rb-note">
                and {count(uploads.length - shown.length, "file")} more
              </li>
            )}
          </ul>
          <Group gap="xs" px="sm" py={8} justify="flex-end">
            <Text size="xs" c="dimmed" mr="auto">
              {formatBytes(sent)} of {formatBytes(total)}
            </Text>
            {failed.length > 0 && (
              <Button size="compact-sm" variant="light" onClick={retryFailedUploads}>
                Try {failed.length === 1 ? "it" : `all ${failed.length}`} again
              </Button>
            )}
            {active.length > 0 && (
              <Button size="compact-sm" variant="default" onClick={cancelUploads}>
                Cancel {active.length === 1 ? "upload" : "all"}
              </Button>
            )}
          </Group>
        </>
      )}
    </section>
  );
}

/** How many uploads of each state are listed: those under way are always among them. */
const LISTED = 40;

/** Returns what is worth a line where there are very many: failures, those under way, next and last. */
function mostTelling(uploads: QueuedUpload[]): QueuedUpload[] {
  if (uploads.length <= 3 * LISTED) return uploads;
  const isDone = ({ state }: QueuedUpload) => state === "done" || state === "cancelled";
  return [
    ...uploads.filter(({ state }) => state === "failed").slice(0, LISTED),
    ...uploads.filter(({ state }) => state === "sending" || state === "retrying"),
    ...uploads.filter(({ state }) => state === "waiting").slice(0, LISTED),
    ...uploads.filter(isDone).slice(-LISTED).reverse(),
  ];
}

/** Of many uploads only those that changed are drawn again. */
const UploadRow = memo(function UploadRow({ upload }: { upload: QueuedUpload }) {
  const { id, path, size, sent, state } = upload;
  const name = shownPath(path);
  const percent = size === 0 ? 0 : Math.floor((sent / size) * 100);
  return (
    <li className="rb-upload" data-state={state}>
      <div className="rb-upload-line">
        <span className="rb-upload-name" title={name}>
          {name}
        </span>
        <span className="rb-upload-state">{stateWords(upload, percent)}</span>
        {isActive(upload) && (
          <CloseButton size="sm" aria-label={`Cancel ${name}`} onClick={() => cancelUpload(id)} />
        )}
        {(state === "failed" || state === "cancelled") && (
          <ActionIcon
            size="sm"
            variant="subtle"
            aria-label={`Upload ${name} again`}
            onClick={() => retryUpload(id)}
          >
            <Icon name="retry" size={15} />
          </ActionIcon>
        )}
        {state === "done" && (
          <span className="rb-good">
            <Icon name="check" size={16} />
          </span>
        )}
      </div>
      {(state === "sending" || state === "retrying") && (
        <Progress
          value={percent}
          size={3}
          color={state === "retrying" ? "yellow" : "indigo"}
          aria-label={`Progress of ${name}`}
        />
      )}
      {(state === "failed" || state === "retrying") && (
        <div className={state === "failed" ? "rb-upload-error" : "rb-upload-retry"}>
          <FailureText error={upload.error} />
        </div>
      )}
    </li>
  );
});

function stateWords({ state, size }: QueuedUpload, percent: number): string {
  switch (state) {
    case "waiting":
      return `Waiting · ${formatBytes(size)}`;
    case "sending":
      return percent >= 100 ? "Storing…" : `${percent} %`;
    case "retrying":
      return "Trying again…";
    case "done":
      return formatBytes(size);
    case "failed":
      return "Failed";
    case "cancelled":
      return "Cancelled";
  }
}

function summary({ active, failed, done }: { active: number; failed: number; done: number }) {
  if (active > 0) return `Uploading ${count(active, "file")}…`;
  if (failed > 0) return `${count(failed, "upload")} failed`;
  return done > 0 ? `${count(done, "file")} uploaded` : "Uploads cancelled";
}
