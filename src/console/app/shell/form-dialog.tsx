import { Button, Group, Modal, Stack } from "@mantine/core";
import type { ReactNode } from "react";
import { FailureAlert } from "./failure.tsx";
import { useFocusGivenBack } from "./focus.ts";

/** What sends a form. */
export type Submit = { label: string; color?: string; isPending?: boolean; disabled?: boolean };

/** A dialog that is a form: its fields, how sending it failed, and Cancel beside what sends it. */
export function FormDialog({
  opened = true,
  title,
  width,
  children,
  failure,
  submit,
  onSubmit,
  onClose,
}: {
  opened?: boolean;
  title: string;
  /** Pixels; Mantine's medium unless told. */
  width?: number;
  children: ReactNode;
  failure?: { title: string; error: unknown } | null;
  submit: Submit;
  onSubmit: () => void;
  onClose: () => void;
}) {
  useFocusGivenBack();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={title}
      {...(width === undefined ? {} : { size: width })}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit();
        }}
      >
        <Stack gap="md">
          {children}
          {failure && <FailureAlert title={failure.title} error={failure.error} />}
          <FormButtons submit={submit} onClose={onClose} />
        </Stack>
      </form>
    </Modal>
  );
}

/** Cancel, and beside it what sends the form. */
export function FormButtons({ submit, onClose }: { submit: Submit; onClose: () => void }) {
  return (
    <Group justify="flex-end">
      <Button variant="default" onClick={onClose}>
        Cancel
      </Button>
      <Button
        type="submit"
        {...(submit.color === undefined ? {} : { color: submit.color })}
        loading={submit.isPending ?? false}
        disabled={submit.disabled ?? false}
      >
        {submit.label}
      </Button>
    </Group>
  );
}
