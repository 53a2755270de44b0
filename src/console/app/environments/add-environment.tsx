import { Text, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { EnvironmentRepresentation } from "../../../api/representations.ts";
import { post } from "../api/client.ts";
import { environmentsQuery, servicePath, serviceQuery } from "../api/queries.ts";
import { serviceChanged } from "../api/query-client.ts";
import { notifyDone } from "../shell/failure.tsx";
import { FormDialog } from "../shell/form-dialog.tsx";

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
  const onSubmit = () => {
    if (name.trim() !== "") create.mutate();
  };
  const base = service?.domain_base ?? "service-1234";
  return (
    <FormDialog
      title="Add an environment"
      failure={
        create.isError ? { title: "The environment was not added", error: create.error } : null
      }
      submit={{ label: "Add environment", isPending: create.isPending }}
      onSubmit={onSubmit}
      onClose={onClose}
    >
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
    </FormDialog>
  );
}

function suffixOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 16);
}
