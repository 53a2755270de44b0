import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { FailureAlert } from "./failure.tsx";
import { useFocusGivenBack } from "./focus.ts";

/** Asks for the name of what cannot be brought back once it is deleted. */
export function ConfirmDeletion({
  onClose,
  title,
  name,
  children,
  onConfirm,
}: {
  onClose: () => void;
  title: string;
  name: string;
  children: ReactNode;
  onConfirm: () => Promise<void>;
}) {
  useFocusGivenBack();
  const [typed, setTyped] = useState("");
  const deletion = useMutation({ mutationFn: onConfirm, onSuccess: onClose });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (typed.trim() === name) deletion.mutate();
  };
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ "aria-label": "Close" }}>
      <form onSubmit={onSubmit}>
        <Stack gap="md">
          <Text size="sm">{children}</Text>
          <TextInput
            data-autofocus
            label={`Type “${name}” to confirm`}
            spellCheck={false}
            autoComplete="off"
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          {deletion.isError && <FailureAlert title="It was not deleted" error={deletion.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button
              type="submit"
              color="red"
              disabled={typed.trim() !== name}
              loading={deletion.isPending}
            >
              Delete
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
