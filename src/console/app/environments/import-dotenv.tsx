import { Button, FileButton, Group, Stack, Text, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { VariableRepresentation } from "../../../api/representations.ts";
import { post } from "../api/client.ts";
import { serviceChanged } from "../api/query-client.ts";
import { count } from "../format.ts";
import { FailureAlert, notifyDone } from "../shell/failure.tsx";
import { FormButtons } from "../shell/form-dialog.tsx";
import { parseDotenv } from "./dotenv.ts";

/** Takes the text of a .env file and writes the variables in it that differ. */
export function ImportDotenv({
  path,
  serviceSid,
  existing,
  onClose,
}: {
  path: string;
  serviceSid: string;
  existing: VariableRepresentation[];
  onClose: () => void;
}) {
  const [text, setText] = useState("");
  const parsed = parseDotenv(text);
  const byKey = new Map(existing.map((variable) => [variable.key, variable]));
  const writes = parsed.entries.filter(({ key, value }) => byKey.get(key)?.value !== value);
  const empty = writes.filter(({ value }) => value === "");
  const imported = writes.length - empty.length;
  const save = useMutation({
    mutationFn: async () => {
      for (const { key, value } of writes) {
        if (value === "") continue;
        const known = byKey.get(key);
        if (known) await post(`${path}/${known.sid}`, { Value: value });
        else await post(path, { Key: key, Value: value });
      }
    },
    onSuccess: () => {
      notifyDone(`${count(imported, "variable")} imported`);
      onClose();
    },
    onSettled: () => serviceChanged(serviceSid),
  });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={onSubmit}>
      <Stack gap="xs">
        <Textarea
          label="Text of a .env file"
          description="Paste it, or choose the file. Variables that are not in it stay as they are."
          rows={6}
          spellCheck={false}
          autoFocus
          classNames={{ input: "rb-mono" }}
          placeholder={"GREETING=Hello\nAPI_KEY=\u2026"}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Group>
          <FileButton onChange={async (file) => file && setText(await file.text())}>
            {(props) => (
              <Button {...props} size="compact-sm" variant="default">
                Choose a .env file
              </Button>
            )}
          </FileButton>
        </Group>
        {parsed.problems.map(({ line, reason }) => (
          <Text key={line} size="sm" c="red">
            Line {line} is left out: {reason}
          </Text>
        ))}
        {empty.length > 0 && (
          <Text size="sm" c="dimmed">
            Left out, since a variable cannot be empty: {empty.map(({ key }) => key).join(", ")}
          </Text>
        )}
        {save.isError && <FailureAlert title="Not all were imported" error={save.error} />}
        <FormButtons
          submit={{
            label: `Import ${count(imported, "variable")}`,
            isPending: save.isPending,
            disabled: imported === 0,
          }}
          onClose={onClose}
        />
      </Stack>
    </form>
  );
}
