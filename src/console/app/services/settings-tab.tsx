import { Button, Group, Stack, Switch, Text, TextInput, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { ServiceRepresentation } from "../../../api/representations.ts";
import { post, remove } from "../api/client.ts";
import { servicePath } from "../api/queries.ts";
import { serviceChanged } from "../api/query-client.ts";
import { navigate } from "../router.tsx";
import { ConfirmDeletion } from "../shell/confirm-deletion.tsx";
import { FailureAlert, notifyDone } from "../shell/failure.tsx";
import "@mantine/core/styles/Switch.css";

export default function SettingsTab({ service }: { service: ServiceRepresentation }) {
  const [name, setName] = useState(service.friendly_name);
  const [credentials, setCredentials] = useState(service.include_credentials);
  const [deleting, setDeleting] = useState(false);
  const path = servicePath(service.sid);
  const save = useMutation({
    mutationFn: () =>
      post<ServiceRepresentation>(path, { FriendlyName: name, IncludeCredentials: credentials }),
    onSuccess: async () => {
      await serviceChanged(service.sid);
      notifyDone("Settings saved");
    },
  });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const onDelete = async () => {
    await remove(path);
    await serviceChanged(service.sid);
    notifyDone(`${service.friendly_name} was deleted`);
    navigate("/");
  };
  return (
    <Stack gap="xl" maw={560} pt="lg">
      <form onSubmit={onSubmit}>
        <Stack gap="md">
          <TextInput
            label="Name"
            required
            withAsterisk={false}
            maxLength={255}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Switch
            label="Give functions the account's credentials"
            description="ACCOUNT_SID and AUTH_TOKEN are then in their context, as on Twilio."
            checked={credentials}
            onChange={(event) => setCredentials(event.currentTarget.checked)}
          />
          {save.isError && <FailureAlert title="Not saved" error={save.error} />}
          <Group>
            <Button type="submit" loading={save.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
      <dl className="rb-details">
        <dt>Service SID</dt>
        <dd className="rb-mono">{service.sid}</dd>
        <dt>Unique name</dt>
        <dd className="rb-mono">{service.unique_name}</dd>
        <dt>Domain base</dt>
        <dd className="rb-mono">{service.domain_base}</dd>
      </dl>
      <section className="rb-danger">
        <Title order={2}>Delete this service</Title>
        <Text size="sm" mt={4} mb="sm">
          Its files, environments and web addresses go with it. Calls that play its audio will fail.
        </Text>
        <Button color="red" variant="light" onClick={() => setDeleting(true)}>
          Delete service…
        </Button>
      </section>
      {deleting && (
        <ConfirmDeletion
          onClose={() => setDeleting(false)}
          title={`Delete ${service.friendly_name}`}
          name={service.unique_name}
          onConfirm={onDelete}
        >
          All files, environments, variables and web addresses of this service are deleted. This
          cannot be undone.
        </ConfirmDeletion>
      )}
    </Stack>
  );
}
