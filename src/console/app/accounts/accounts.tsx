import { Button, Menu, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { AccountRepresentation, TokensRepresentation } from "../../../api/representations.ts";
import { list, post, remove } from "../api/client.ts";
import { formatAge, formatTime } from "../format.ts";
import { ConfirmDeletion } from "../shell/confirm-deletion.tsx";
import { FailureAlert, notifyDone, notifyFailure } from "../shell/failure.tsx";
import { FormDialog } from "../shell/form-dialog.tsx";
import { IconButton } from "../shell/icon-button.tsx";
import { Icon } from "../shell/icons.tsx";
import { Secret } from "./secret.tsx";

const ACCOUNTS = ["account", "accounts"];

type Told = { title: string; lines: [string, string][] };

/** The accounts beside the operator's, each with services and tokens of its own. */
export function Accounts() {
  const client = useQueryClient();
  const accounts = useQuery({
    queryKey: ACCOUNTS,
    queryFn: ({ signal }) => list<AccountRepresentation>("/v1/Accounts", "accounts", signal),
  });
  const [told, setTold] = useState<Told | null>(null);
  const [adding, setAdding] = useState(false);
  const [deleting, setDeleting] = useState<AccountRepresentation | null>(null);
  const refresh = () => client.invalidateQueries({ queryKey: ACCOUNTS });
  return (
    <section aria-label="Accounts">
      <Title order={2}>Accounts</Title>
      <Text size="sm" c="dimmed" mt={4} mb="sm" maw={640}>
        Each has services, keys and tokens of its own, and no sight of anyone else’s. You are the
        operator, whose own account is in the installation’s secrets.
      </Text>
      {accounts.isError && (
        <FailureAlert
          title="The accounts cannot be listed"
          error={accounts.error}
          onRetry={() => void accounts.refetch()}
        />
      )}
      <ul className="rb-entries">
        {(accounts.data ?? []).map((account) => (
          <AccountLine
            key={account.sid}
            account={account}
            onTold={setTold}
            onDelete={() => setDeleting(account)}
          />
        ))}
      </ul>
      <Button variant="default" leftSection={<Icon name="add" />} onClick={() => setAdding(true)}>
        Add an account
      </Button>
      {told && <Secret {...told} onClose={() => setTold(null)} />}
      {adding && (
        <AddAccount
          onClose={() => setAdding(false)}
          onAdded={async (account) => {
            setTold({
              title: `The account ${account.friendly_name} is made`,
              lines: [
                ["Account SID", account.sid],
                ["Auth token", account.auth_token ?? ""],
              ],
            });
            await refresh();
          }}
        />
      )}
      {deleting && (
        <ConfirmDeletion
          title={`Delete ${deleting.friendly_name}`}
          name={deleting.friendly_name}
          onClose={() => setDeleting(null)}
          onConfirm={async () => {
            await remove(`/v1/Accounts/${deleting.sid}`);
            await refresh();
            notifyDone(`${deleting.friendly_name} was deleted`);
          }}
        >
          All its services, files, web addresses and keys are deleted. This cannot be undone.
        </ConfirmDeletion>
      )}
    </section>
  );
}

function AccountLine({
  account,
  onTold,
  onDelete,
}: {
  account: AccountRepresentation;
  onTold: (told: Told) => void;
  onDelete: () => void;
}) {
  const { sid, friendly_name: name } = account;
  const tokens = `/v1/Accounts/${sid}/AuthTokens`;
  const rotate = useMutation({
    mutationFn: () => post<TokensRepresentation>(`${tokens}/Secondary`, {}),
    onSuccess: ({ secondary_auth_token }) =>
      onTold({
        title: `A second token of ${name} is made`,
        lines: [["Second token", secondary_auth_token ?? ""]],
      }),
    onError: (error) => notifyFailure("No token was made", error),
  });
  const promote = useMutation({
    mutationFn: () => post<TokensRepresentation>(`${tokens}/Promote`, {}),
    onSuccess: () => notifyDone(`The second token of ${name} is the first now`),
    onError: (error) => notifyFailure("It was not promoted", error),
  });
  const drop = useMutation({
    mutationFn: () => remove(`${tokens}/Secondary`),
    onSuccess: () => notifyDone(`The second token of ${name} is dropped`),
    onError: (error) => notifyFailure("It was not dropped", error),
  });
  return (
    <li>
      <span className="rb-grow">
        <strong>{name}</strong> <span className="rb-note rb-mono rb-breakable">{sid}</span>
      </span>
      <span className="rb-note" title={formatTime(account.date_created)}>
        made {formatAge(account.date_created)}
      </span>
      <Menu position="bottom-end" width={260} withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <IconButton icon="dots" label={`More for ${name}`} />
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>Rotating its token</Menu.Label>
          <Menu.Item onClick={() => rotate.mutate()}>1. Make a second token</Menu.Item>
          <Menu.Item onClick={() => promote.mutate()}>2. Make the second the first</Menu.Item>
          <Menu.Item onClick={() => drop.mutate()}>3. Drop the old one</Menu.Item>
          <Menu.Divider />
          <Menu.Item className="rb-danger-item" onClick={onDelete}>
            Delete account
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </li>
  );
}

function AddAccount({
  onAdded,
  onClose,
}: {
  onAdded: (account: AccountRepresentation) => Promise<void>;
  onClose: () => void;
}) {
  const [name, setName] = useState("");
  const [sid, setSid] = useState("");
  const [token, setToken] = useState("");
  const add = useMutation({
    mutationFn: () =>
      post<AccountRepresentation>("/v1/Accounts", {
        FriendlyName: name.trim(),
        Sid: sid.trim() || undefined,
        AuthToken: token.trim() || undefined,
      }),
    onSuccess: async (account) => {
      onClose();
      await onAdded(account);
    },
  });
  return (
    <FormDialog
      title="Add an account"
      failure={add.isError ? { title: "The account was not added", error: add.error } : null}
      submit={{ label: "Add account", isPending: add.isPending, disabled: name.trim() === "" }}
      onSubmit={() => {
        if (name.trim() !== "") add.mutate();
      }}
      onClose={onClose}
    >
      <TextInput
        data-autofocus
        label="Name"
        placeholder="Branch office"
        required
        withAsterisk={false}
        maxLength={64}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <TextInput
        label="Account SID, where Twilio knows it"
        description="Twilio signs with the token it knows: give both where it fetches protected files. Else both are made."
        classNames={{ input: "rb-mono" }}
        spellCheck={false}
        value={sid}
        onChange={(event) => setSid(event.currentTarget.value)}
      />
      <TextInput
        label="Its auth token"
        type="password"
        autoComplete="off"
        classNames={{ input: "rb-mono" }}
        value={token}
        onChange={(event) => setToken(event.currentTarget.value)}
      />
    </FormDialog>
  );
}
