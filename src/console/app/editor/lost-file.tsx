import { Alert, Button, Group, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { createFile } from "../files/new-file.ts";
import { shownPath } from "../files/paths.ts";
import { FailureAlert } from "../shell/failure.tsx";
import { forgetUnsaved, useUnsaved } from "./unsaved.ts";

/** Stands where a file was open that is no longer there; what was typed into it can be kept. */
export default function LostFile({
  fileSid,
  onOpen,
  onClose,
}: {
  fileSid: string;
  onOpen: (fileSid: string) => void;
  onClose: () => void;
}) {
  const unsaved = useUnsaved(fileSid);
  const create = useMutation({
    mutationFn: async () => {
      if (!unsaved) return;
      const { kind, service_sid: serviceSid, path, visibility } = unsaved.base;
      const content = new Blob([unsaved.text], { type: unsaved.base.content_type });
      const made = await createFile({ kind, serviceSid, path, visibility, content });
      forgetUnsaved(fileSid);
      onOpen(made.file_sid);
    },
  });
  const discard = () => {
    forgetUnsaved(fileSid);
    onClose();
  };
  return (
    <Alert color="yellow" role="alert" title="There is no such file in this service">
      <Text size="sm">
        {unsaved
          ? `${shownPath(unsaved.base.path)} was deleted while what you typed was not saved.`
          : "It may have been deleted here, in another tab, or by a command-line tool."}
      </Text>
      {create.isError && <FailureAlert title="It was not made again" error={create.error} />}
      <Group mt="sm">
        {unsaved && (
          <Button size="compact-sm" loading={create.isPending} onClick={() => create.mutate()}>
            Make it again with what I typed
          </Button>
        )}
        <Button size="compact-sm" variant="default" onClick={discard}>
          {unsaved ? "Discard it" : "All files"}
        </Button>
      </Group>
    </Alert>
  );
}
