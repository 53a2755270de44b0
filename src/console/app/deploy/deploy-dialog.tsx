import { Alert, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import type { EnvironmentRepresentation } from "../../../api/representations.ts";
import { saveText } from "../editor/text.ts";
import type { Unsaved } from "../editor/unsaved.ts";
import { shownPath } from "../files/paths.ts";
import { count, formatAge } from "../format.ts";
import { FailureAlert } from "../shell/failure.tsx";
import { useFocusGivenBack } from "../shell/focus.ts";
import { Icon } from "../shell/icons.tsx";
import { failedUploads, onUploads, retryFailedUploads } from "../uploads/queue.ts";
import { ChangeList } from "./change-list.tsx";
import { type Change, changesInWords, type FileChange, isExposing } from "./changes.ts";

/** What one should know before deploying: who may see more, what comes back, what is missing. */
export default function DeployDialog({
  environment,
  changes,
  returning,
  rolledBack,
  unsaved,
  alone,
  onDeploy,
  onClose,
}: {
  environment: EnvironmentRepresentation;
  changes: Change[];
  /** Those of them that a roll-back took away. */
  returning: FileChange[];
  /** When that was. */
  rolledBack: string | null;
  unsaved: Unsaved[];
  /** How many files are deployed alone; null for all. */
  alone: number | null;
  onDeploy: () => void;
  onClose: () => void;
}) {
  useFocusGivenBack();
  const { unique_name: name, service_sid: serviceSid } = environment;
  const failed = useSyncExternalStore(onUploads, () => failedUploads(serviceSid));
  const exposing = changes.filter(isExposing);
  const save = useMutation({
    mutationFn: async () => {
      for (const { base, text } of unsaved) await saveText(base, text);
    },
  });
  const what = alone === null ? "Deploy All" : `Deploy ${count(alone, "file")} alone`;
  return (
    <Modal
      opened
      onClose={onClose}
      size={620}
      title={`${what} to ${name}`}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <Stack gap="md">
        {exposing.length > 0 && (
          <Alert
            color="red"
            icon={<Icon name="eye" />}
            title={`More visible than it is live: ${count(exposing.length, "file")}`}
          >
            <ChangeList changes={exposing} />
          </Alert>
        )}
        {returning.length > 0 && (
          <Alert
            color="yellow"
            icon={<Icon name="history" />}
            title={`${name} was rolled back${rolledBack === null ? "" : ` ${formatAge(rolledBack)}`}: this puts ${count(returning.length, "change")} back`}
          >
            <ChangeList changes={returning} />
          </Alert>
        )}
        {returning.length === 0 && rolledBack !== null && (
          <Alert
            color="yellow"
            icon={<Icon name="history" />}
            title={`${name} was rolled back ${formatAge(rolledBack)}`}
          >
            <Text size="sm">Make sure that what was taken back is not among the changes.</Text>
          </Alert>
        )}
        {failed.length > 0 && (
          <Alert
            color="yellow"
            icon={<Icon name="upload" />}
            title={`${count(failed.length, "file")} failed to upload and would be missing`}
          >
            <Paths paths={failed.map(({ path }) => path)} />
            <Button
              size="compact-sm"
              variant="default"
              mt="xs"
              onClick={() => {
                retryFailedUploads();
                onClose();
              }}
            >
              Upload {failed.length === 1 ? "it" : "them"} again
            </Button>
          </Alert>
        )}
        {unsaved.length > 0 && (
          <Alert
            color="yellow"
            icon={<Icon name="edit" />}
            title={`${count(unsaved.length, "file")} with text that is not saved`}
          >
            <Paths paths={unsaved.map(({ base }) => base.path)} />
            <Button
              size="compact-sm"
              variant="default"
              mt="xs"
              loading={save.isPending}
              onClick={() => save.mutate()}
            >
              Save {unsaved.length === 1 ? "it" : "them"} now
            </Button>
            {save.isError && <FailureAlert title="Not saved" error={save.error} />}
          </Alert>
        )}
        <div>
          <Text size="sm" mb={4}>
            Changes for {name}: {changesInWords(changes)}
            {alone !== null && ". Everything else stays as it is live."}
          </Text>
          <ChangeList changes={changes} />
        </div>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            data-autofocus
            disabled={changes.length === 0}
            {...(exposing.length > 0 ? { color: "red" } : {})}
            leftSection={<Icon name="cloud" size={17} />}
            onClick={() => {
              onClose();
              onDeploy();
            }}
          >
            {failed.length + unsaved.length > 0 ? "Deploy without them" : "Deploy"}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

/** How many of many paths are named. */
const NAMED = 5;

function Paths({ paths }: { paths: string[] }) {
  return (
    <Text size="sm" className="rb-breakable">
      {paths.slice(0, NAMED).map(shownPath).join(", ")}
      {paths.length > NAMED && ` and ${paths.length - NAMED} more`}
    </Text>
  );
}
