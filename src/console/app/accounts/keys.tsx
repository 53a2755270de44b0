import { Button, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { KeyRepresentation } from "../../../api/representations.ts";
import { list, post, remove } from "../api/client.ts";
import { formatAge, formatTime } from "../format.ts";
import { ConfirmDeletion } from "../shell/confirm-deletion.tsx";
import { FailureAlert, notifyDone } from "../shell/failure.tsx";
import { Secret } from "./secret.tsx";

const KEYS = ["account", "keys"];

/** The API keys of one's own account. */
export function Keys() {
  const client = useQueryClient();
  const keys = useQuery({
    queryKey: KEYS,
    queryFn: ({ signal }) => list<KeyRepresentation>("/v1/Keys", "keys", signal),
  });
  const [name, setName] = useState("");
  const [made, setMade] = useState<KeyRepresentation | null>(null);
  const [deleting, setDeleting] = useState<KeyRepresentation | null>(null);
  const add = useMutation({
    mutationFn: () =>
      post<KeyRepresentation>("/v1/Keys", { FriendlyName: name.trim() || undefined }),
    onSuccess: async (key) => {
      setMade(key);
      setName("");
      await client.invalidateQueries({ queryKey: KEYS });
    },
  });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate();
  };
  return (
    <section aria-label="API keys">
      <Title order={2}>API keys</Title>
      <Text size="sm" c="dimmed" mt={4} mb="sm" maw={640}>
        A key opens this account’s services, for a program or a colleague, and can be taken away
        alone. It manages no keys, and signs nothing.
      </Text>
      {keys.isError && (
        <FailureAlert
          title="The keys cannot be listed"
          error={keys.error}
          onRetry={() => void keys.refetch()}
        />
      )}
      <ul className="rb-entries">
        {(keys.data ?? []).map((key) => (
          <li key={key.sid}>
            <span className="rb-grow">
              <strong>{key.friendly_name || "Without a name"}</strong>{" "}
              <span className="rb-note rb-mono rb-breakable">{key.sid}</span>
            </span>
            <span className="rb-note" title={formatTime(key.date_created)}>
              made {formatAge(key.date_created)}
            </span>
            <Button
              size="compact-sm"
              variant="light"
              color="red"
              aria-label={`Delete the key ${key.friendly_name || key.sid}`}
              onClick={() => setDeleting(key)}
            >
              Delete
            </Button>
          </li>
        ))}
      </ul>
      <form className="rb-variable" onSubmit={onSubmit}>
        <TextInput
          className="rb-grow"
          aria-label="Name of a new key"
          placeholder="What it is for"
          maxLength={64}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" loading={add.isPending}>
          Make a key
        </Button>
      </form>
      {add.isError && <FailureAlert title="The key was not made" error={add.error} />}
      {made?.secret && (
        <Secret
          title={`The key ${made.friendly_name} is made`}
          lines={[
            ["SID", made.sid],
            ["Secret", made.secret],
          ]}
          onClose={() => setMade(null)}
        />
      )}
      {deleting && (
        <ConfirmDeletion
          title="Delete a key"
          name={deleting.friendly_name || deleting.sid}
          onClose={() => setDeleting(null)}
          onConfirm={async () => {
            await remove(`/v1/Keys/${deleting.sid}`);
            await client.invalidateQueries({ queryKey: KEYS });
            notifyDone("The key opens nothing any more");
          }}
        >
          Programs that use it are refused from then on. This cannot be undone.
        </ConfirmDeletion>
      )}
    </section>
  );
}
