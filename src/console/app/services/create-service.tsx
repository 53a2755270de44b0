import { Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type {
  EnvironmentRepresentation,
  ServiceRepresentation,
} from "../../../api/representations.ts";
import { post } from "../api/client.ts";
import { servicePath } from "../api/queries.ts";
import { serviceChanged } from "../api/query-client.ts";
import { navigate, pathOf } from "../router.tsx";
import { notifyFailure } from "../shell/failure.tsx";
import { FormDialog } from "../shell/form-dialog.tsx";

/** Asks for a name; the service gets a first environment, so that it can be deployed at once. */
export function CreateService({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [name, setName] = useState("");
  const [typedUniqueName, setTypedUniqueName] = useState<string | null>(null);
  const uniqueName = typedUniqueName ?? uniqueNameOf(name);
  const create = useMutation({
    mutationFn: async () => {
      const service = await post<ServiceRepresentation>("/v1/Services", {
        UniqueName: uniqueName,
        FriendlyName: name.trim(),
        UiEditable: true,
      });
      await addFirstEnvironment(service);
      await serviceChanged(service.sid);
      return service;
    },
    onSuccess: (service) => {
      setName("");
      setTypedUniqueName(null);
      const { sid: serviceSid } = service;
      const path = pathOf({ page: "service", serviceSid, tab: "files", item: null });
      // Back leads to the services, not to this dialog.
      navigate(path, { replace: true });
    },
  });
  const onSubmit = () => {
    if (name.trim() !== "" && uniqueName !== "") create.mutate();
  };
  return (
    <FormDialog
      opened={opened}
      title="Create a service"
      failure={
        create.isError ? { title: "The service was not created", error: create.error } : null
      }
      submit={{ label: "Create service", isPending: create.isPending }}
      onSubmit={onSubmit}
      onClose={onClose}
    >
      <TextInput
        label="Name"
        placeholder="Phone menu"
        data-autofocus
        required
        withAsterisk={false}
        maxLength={255}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <TextInput
        label="Unique name"
        description="Part of its web address; letters, digits and hyphens. It cannot be changed later."
        required
        withAsterisk={false}
        maxLength={50}
        spellCheck={false}
        value={uniqueName}
        onChange={(event) => setTypedUniqueName(event.currentTarget.value)}
      />
      <Text size="sm" c="dimmed" className="rb-breakable">
        Web address:{" "}
        <span className="rb-mono">
          {uniqueName.toLowerCase() || "name"}-1234.{location.host}
        </span>{" "}
        (four digits are chosen for you)
      </Text>
    </FormDialog>
  );
}

async function addFirstEnvironment(service: ServiceRepresentation): Promise<void> {
  await post<EnvironmentRepresentation>(`${servicePath(service.sid)}/Environments`, {
    UniqueName: "production",
  }).catch((error) => notifyFailure("The service has no environment yet", error));
}

/** A name as a DNS label: what is no letter or digit becomes a hyphen, accents are dropped. */
function uniqueNameOf(name: string): string {
  return name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 50);
}
