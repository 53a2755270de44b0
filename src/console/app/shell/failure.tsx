import { Alert, Button, Code, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import type { ReactNode } from "react";
import { ApiFailure } from "../api/failures.ts";
import { SignedOut } from "../session/session.ts";
import { Icon, type IconName } from "./icons.tsx";

/** What went wrong, in the API's words, with what its operator can find it by. */
export function FailureText({ error }: { error: unknown }) {
  const message = error instanceof Error ? error.message : String(error);
  return (
    <>
      <Text size="sm" className="rb-message">
        {message}
      </Text>
      <FailureReference error={error} />
    </>
  );
}

/** What the operator finds a refusal by: Twilio's code and the request's id. */
export function FailureReference({ error }: { error: unknown }) {
  const reference = referenceOf(error);
  if (!reference) return null;
  return (
    <Text size="xs" mt={4} className="rb-breakable">
      {reference.code !== null && <>Error {reference.code}. </>}
      {reference.requestId && (
        <>
          Request <Code>{reference.requestId}</Code>
        </>
      )}
    </Text>
  );
}

export function FailureAlert({
  title,
  error,
  onRetry,
  children,
}: {
  title: string;
  error: unknown;
  onRetry?: () => void;
  children?: ReactNode;
}) {
  return (
    <Alert color="red" variant="light" role="alert" title={title} icon={<Icon name="warning" />}>
      <FailureText error={error} />
      {children}
      {onRetry && (
        <Group mt="sm">
          <Button size="compact-sm" variant="default" onClick={onRetry}>
            Try again
          </Button>
        </Group>
      )}
    </Alert>
  );
}

/** Tells of a failure that no place on the page is for. */
export function notifyFailure(title: string, error: unknown): void {
  if (error instanceof SignedOut) return;
  notifications.show({
    title,
    message: <FailureText error={error} />,
    color: "red",
    autoClose: false,
    withBorder: true,
    icon: <Icon name="warning" />,
    closeButtonProps: { "aria-label": "Dismiss" },
  });
}

/** Tells of what one should know before going on; once, while it is still to be read. */
export function notifyWarning(message: string): void {
  notifications.show({
    id: message,
    message: <span className="rb-breakable">{message}</span>,
    color: "yellow",
    withBorder: true,
    autoClose: 8_000,
    icon: <Icon name="warning" />,
    closeButtonProps: { "aria-label": "Dismiss" },
  });
}

type Action = { label: string; icon?: IconName; run: () => void };

/** Tells of what is so: nothing was done, and nothing is wrong; `action` does something all the same. */
export function notifyNote(message: string, action?: Action): void {
  notifications.show({
    id: message,
    message: <WithAction id={message} message={message} action={action} />,
    color: "gray",
    withBorder: true,
    autoClose: action ? 10_000 : 5_000,
    icon: <Icon name="info" />,
    closeButtonProps: { "aria-label": "Dismiss" },
  });
}

let doneDuration = 4_000;

/** Tells of something done; `undo` takes it back. One that cannot be undone makes room for the next. */
export function notifyDone(message: ReactNode, undo?: () => void): void {
  const id = undo ? crypto.randomUUID() : "done";
  if (!undo) notifications.hide(id);
  // Shown again under its id, it would close when the one before would have, were its time the same.
  doneDuration = doneDuration === 4_000 ? 4_001 : 4_000;
  const action: Action | undefined = undo && { label: "Undo", icon: "undo", run: undo };
  notifications.show({
    id,
    color: "teal",
    withBorder: true,
    autoClose: undo ? 10_000 : doneDuration,
    icon: <Icon name="check" />,
    closeButtonProps: { "aria-label": "Dismiss" },
    message: <WithAction id={id} message={message} action={action} />,
  });
}

function WithAction({
  id,
  message,
  action,
}: {
  id: string;
  message: ReactNode;
  action: Action | undefined;
}) {
  return (
    <Group gap="sm" wrap="nowrap" justify="space-between">
      <span className="rb-breakable">{message}</span>
      {action && (
        <Button
          className="rb-rigid"
          size="compact-sm"
          variant="light"
          leftSection={action.icon && <Icon name={action.icon} size={15} />}
          onClick={() => {
            notifications.hide(id);
            action.run();
          }}
        >
          {action.label}
        </Button>
      )}
    </Group>
  );
}

function referenceOf(error: unknown): { code: number | null; requestId: string | null } | null {
  if (!(error instanceof ApiFailure)) return null;
  const { code, requestId } = error;
  return code === null && requestId === null ? null : { code, requestId };
}
