import { ActionIcon, Button, Code, Loader, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type {
  DomainRepresentation,
  EnvironmentRepresentation,
} from "../../../api/representations.ts";
import { post, remove } from "../api/client.ts";
import { domainsQuery, environmentPath } from "../api/queries.ts";
import { serviceChanged } from "../api/query-client.ts";
import { FailureAlert, notifyDone, notifyFailure } from "../shell/failure.tsx";
import { Icon } from "../shell/icons.tsx";

/** Hostnames of one's own that serve an environment. */
export function Domains({ environment }: { environment: EnvironmentRepresentation }) {
  const { service_sid: serviceSid, sid } = environment;
  const domains = useQuery(domainsQuery(serviceSid, sid));
  const [hostname, setHostname] = useState("");
  const path = `${environmentPath(serviceSid, sid)}/Domains`;
  const add = useMutation({
    mutationFn: () => post<DomainRepresentation>(path, { Hostname: hostname.trim() }),
    onSuccess: async () => {
      setHostname("");
      await serviceChanged(serviceSid);
    },
  });
  const drop = useMutation({
    mutationFn: (domain: DomainRepresentation) => remove(`${path}/${domain.sid}`),
    onSuccess: async (_, domain) => {
      await serviceChanged(serviceSid);
      const again = () => post(path, { Hostname: domain.hostname });
      notifyDone(`${domain.hostname} removed`, () => {
        void again()
          .catch((error) => notifyFailure("It could not be taken back", error))
          .finally(() => serviceChanged(serviceSid));
      });
    },
    onError: (error) => notifyFailure("The domain was not removed", error),
  });
  if (domains.isError && !domains.data) {
    return (
      <FailureAlert
        title="The domains cannot be shown"
        error={domains.error}
        onRetry={() => void domains.refetch()}
      />
    );
  }
  if (!domains.data) return <Loader size="sm" role="status" aria-label="Loading" />;
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (hostname.trim() !== "") add.mutate();
  };
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        The same files under a hostname of your own. Route it to this Worker in Cloudflare (as a
        custom domain or a CNAME to <Code>{environment.domain_name}</Code>); signatures are then
        checked over that name.
      </Text>
      {domains.data.map((domain) => (
        <div key={domain.sid} className="rb-variable">
          <span className="rb-mono rb-breakable rb-grow">{domain.hostname}</span>
          <ActionIcon
            variant="subtle"
            color="red"
            size="lg"
            aria-label={`Remove ${domain.hostname}`}
            onClick={() => drop.mutate(domain)}
          >
            <Icon name="trash" />
          </ActionIcon>
        </div>
      ))}
      <form onSubmit={onSubmit}>
        <div className="rb-variable">
          <TextInput
            className="rb-grow"
            aria-label="Hostname"
            required
            placeholder="media.example.com"
            classNames={{ input: "rb-mono" }}
            spellCheck={false}
            value={hostname}
            onChange={(event) => setHostname(event.currentTarget.value)}
          />
          <Button type="submit" variant="default" loading={add.isPending}>
            Add
          </Button>
        </div>
        {add.isError && <FailureAlert title="The domain was not added" error={add.error} />}
      </form>
    </Stack>
  );
}
