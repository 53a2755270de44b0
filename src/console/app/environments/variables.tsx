import { ActionIcon, Button, Group, Loader, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useRef, useState } from "react";
import type {
  EnvironmentRepresentation,
  VariableRepresentation,
} from "../../../api/representations.ts";
import { post, remove } from "../api/client.ts";
import { environmentPath, usageQuery, variablesQuery } from "../api/queries.ts";
import { serviceChanged } from "../api/query-client.ts";
import { FailureAlert, notifyDone, notifyFailure } from "../shell/failure.tsx";
import { Icon } from "../shell/icons.tsx";
import { ImportDotenv } from "./import-dotenv.tsx";
import { asBefore } from "./line-ends.ts";

/** The variables that an environment's functions see. */
export function Variables({ environment }: { environment: EnvironmentRepresentation }) {
  const { service_sid: serviceSid, sid } = environment;
  const variables = useQuery(variablesQuery(serviceSid, sid));
  const [importing, setImporting] = useState(false);
  const path = `${environmentPath(serviceSid, sid)}/Variables`;
  if (variables.isError && !variables.data) {
    return (
      <FailureAlert
        title="The variables cannot be shown"
        error={variables.error}
        onRetry={() => void variables.refetch()}
      />
    );
  }
  if (!variables.data) return <Loader size="sm" role="status" aria-label="Loading" />;
  const sorted = [...variables.data].sort((left, right) => (left.key < right.key ? -1 : 1));
  return (
    <Stack gap="sm">
      {sorted.length === 0 && !importing && (
        <Text size="sm" c="dimmed">
          No variables. Functions read them from their context; a change needs no deployment.
        </Text>
      )}
      {sorted.map((variable) => (
        <VariableLine key={variable.sid} path={path} variable={variable} serviceSid={serviceSid} />
      ))}
      <NewVariable path={path} serviceSid={serviceSid} />
      {importing ? (
        <ImportDotenv
          path={path}
          serviceSid={serviceSid}
          existing={variables.data}
          onClose={() => setImporting(false)}
        />
      ) : (
        <Group>
          <Button size="compact-sm" variant="subtle" onClick={() => setImporting(true)}>
            Import a .env file
          </Button>
        </Group>
      )}
    </Stack>
  );
}

function VariableLine({
  path,
  variable,
  serviceSid,
}: {
  path: string;
  variable: VariableRepresentation;
  serviceSid: string;
}) {
  const { sid, key } = variable;
  const [typed, setTyped] = useState<string | null>(null);
  const [shown, setShown] = useState(false);
  const value = typed ?? variable.value ?? "";
  const save = useMutation({
    mutationFn: () => post<VariableRepresentation>(`${path}/${sid}`, { Value: value }),
    onSuccess: async () => {
      await serviceChanged(serviceSid);
      setTyped(null);
      const before = variable.value;
      const undo =
        before === null
          ? undefined
          : () => void rewrite(serviceSid, () => post(`${path}/${sid}`, { Value: before }));
      notifyDone(`${key} saved`, undo);
    },
  });
  const drop = useMutation({
    mutationFn: () => remove(`${path}/${sid}`),
    onSuccess: async () => {
      await serviceChanged(serviceSid);
      const before = variable.value;
      const undo =
        before === null
          ? undefined
          : () => void rewrite(serviceSid, () => post(path, { Key: key, Value: before }));
      notifyDone(`${key} deleted`, undo);
    },
    onError: (error) => notifyFailure(`${key} was not deleted`, error),
  });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={onSubmit}>
      <div className="rb-variable">
        <span className="rb-mono rb-breakable rb-variable-key">{key}</span>
        <ValueInput
          label={`Value of ${key}`}
          secret={!shown}
          placeholder={variable.value === null ? "Cannot be read: set it again" : ""}
          value={value}
          onChange={(text) => setTyped(asBefore(text, variable.value))}
        />
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={`${shown ? "Hide" : "Show"} the value of ${key}`}
          aria-pressed={shown}
          onClick={() => setShown(!shown)}
        >
          <Icon name="eye" />
        </ActionIcon>
        {typed !== null && typed !== variable.value ? (
          <Button type="submit" loading={save.isPending}>
            Save
          </Button>
        ) : (
          <ActionIcon
            variant="subtle"
            color="red"
            size="lg"
            aria-label={`Delete ${key}`}
            loading={drop.isPending}
            onClick={() => drop.mutate()}
          >
            <Icon name="trash" />
          </ActionIcon>
        )}
      </div>
      {save.isError && <FailureAlert title={`${key} was not saved`} error={save.error} />}
    </form>
  );
}

/** The most lines that are shown at once. */
const SHOWN_LINES = 12;

/** A value, which may have several lines: a text field of one line would lose them. */
function ValueInput({
  label,
  secret,
  placeholder,
  value,
  onChange,
  error,
}: {
  label: string;
  secret: boolean;
  placeholder: string;
  value: string;
  onChange: (value: string) => void;
  error?: ReactNode;
}) {
  const lines = value.split("\n").length;
  return (
    <Textarea
      className="rb-grow"
      aria-label={label}
      required
      rows={Math.min(lines, SHOWN_LINES)}
      autoComplete="off"
      spellCheck={false}
      classNames={{ input: `rb-mono rb-value${secret ? " rb-secret" : ""}` }}
      placeholder={placeholder}
      value={value}
      error={error}
      onChange={(event) => onChange(event.currentTarget.value)}
      onKeyDown={(event) => {
        // A value of one line is sent by Enter, as in a field of one line; Shift+Enter makes another.
        if (event.key !== "Enter" || event.shiftKey || lines > 1) return;
        event.preventDefault();
        event.currentTarget.form?.requestSubmit();
      }}
    />
  );
}

function NewVariable({ path, serviceSid }: { path: string; serviceSid: string }) {
  const limits = useQuery(usageQuery()).data?.limits;
  const [key, setKey] = useState("");
  const [value, setValue] = useState("");
  const keyInput = useRef<HTMLInputElement>(null);
  const bytes = new TextEncoder().encode(value).length;
  const tooLong = limits !== undefined && bytes > limits.variable_value_bytes;
  const add = useMutation({
    mutationFn: () => post<VariableRepresentation>(path, { Key: key.trim(), Value: value }),
    onSuccess: async () => {
      setKey("");
      setValue("");
      keyInput.current?.focus();
      await serviceChanged(serviceSid);
    },
  });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (key.trim() !== "" && value !== "" && !tooLong) add.mutate();
  };
  return (
    <form onSubmit={onSubmit}>
      <div className="rb-variable">
        <TextInput
          ref={keyInput}
          className="rb-variable-new-key"
          aria-label="Name of a new variable"
          required
          placeholder="NAME"
          classNames={{ input: "rb-mono" }}
          spellCheck={false}
          maxLength={limits?.variable_key_characters ?? 128}
          value={key}
          onChange={(event) => setKey(event.currentTarget.value)}
        />
        <ValueInput
          label="Value of the new variable"
          secret={false}
          placeholder="value"
          value={value}
          onChange={setValue}
          error={
            tooLong &&
            `A value has at most ${limits?.variable_value_bytes} bytes, this one has ${bytes}`
          }
        />
        <Button type="submit" variant="default" loading={add.isPending}>
          Add
        </Button>
      </div>
      {add.isError && <FailureAlert title="The variable was not added" error={add.error} />}
    </form>
  );
}

/** Writes again what was changed or deleted. */
async function rewrite(serviceSid: string, write: () => Promise<unknown>): Promise<void> {
  await write().catch((error) => notifyFailure("It could not be taken back", error));
  await serviceChanged(serviceSid);
}
