import { Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { FormDialog } from "./form-dialog.tsx";

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
  const [typed, setTyped] = useState("");
  const deletion = useMutation({ mutationFn: onConfirm, onSuccess: onClose });
  const isConfirmed = typed.trim() === name;
  return (
    <FormDialog
      title={title}
      failure={deletion.isError ? { title: "It was not deleted", error: deletion.error } : null}
      submit={{
        label: "Delete",
        color: "red",
        isPending: deletion.isPending,
        disabled: !isConfirmed,
      }}
      onSubmit={() => {
        if (isConfirmed) deletion.mutate();
      }}
      onClose={onClose}
    >
      <Text size="sm">{children}</Text>
      <TextInput
        data-autofocus
        label={`Type “${name}” to confirm`}
        spellCheck={false}
        autoComplete="off"
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
    </FormDialog>
  );
}
