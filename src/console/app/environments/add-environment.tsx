import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { EnvironmentRepresentation } from "../../../api/representations.ts";
import { post } from "../api/client.ts";
import { environmentsQuery, servicePath, serviceQuery } from "../api/queries.ts";
import { serviceChanged } from "../api/query-client.ts";
import { FailureAlert, notifyDone } from "../shell/failure.tsx";

/** Asks for a name and a suffix of the web address. */
export function AddEnvironment({
  serviceSid,
  onClose,
}: {
  serviceSid: string;
  onClose: () => void;
}) {
  const service = useQuery(serviceQuery(serviceSid)).data;
  const environments = useQuery(environmentsQuery(serviceSid)).data ?? [];
  const [name, setName] = useState(environments.length === 0 ? "production" : "");
  const [typedSuffix, setSuffix] = useState<string | null>(null);
  const suffix = typedSuffix ?? (environments.length === 0 ? "" : suffixOf(name));
  const create = useMutation({
    mutationFn: () =>
      post<EnvironmentRepresentation>(`${servicePath(serviceSid)}/Environments`, {
        UniqueName: name.trim(),
        DomainSuffix: suffix.trim() || undefined,
      }),
    onSuccess: async (environment) => {
      await serviceChanged(serviceSid);
      notifyDone(`Environment ${environment.unique_name} added`);
      onClose();
    },
  });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== "") create.mutate();
  };
  const base = service?.domain_base ?? "service-1234";
  return (
    <Modal
      opened
      onClose={onClose}
      title="Add an environment"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <form onSubmit={onSubmit}>
        <Stack gap="md">
          <TextInput
            data-autofocus
            label="Name"
            placeholder="staging"
            required
            withAsterisk={false}
            maxLength={100}
            spellCheck={false}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <TextInput
            label="Domain suffix"
            description="Ends the web address; up to 16 letters, digits and hyphens. One environment can have none."
            maxLength={16}
            spellCheck={false}
            value={suffix}
            onChange={(event) => setSuffix(event.currentTarget.value)}
          />
          <Text size="sm" c="dimmed" className="rb-breakable">
            Web address:{" "}
            <span className="rb-mono">
              {base}
              {suffix && `-${suffix.toLowerCase()}`}.{location.host}
            </span>
          </Text>
          {create.isError && (
            <FailureAlert title="The environment was not added" error={create.error} />
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={create.isPending}>
              Add environment
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function suffixOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 16);
}
