import { ActionIcon, Button, Code, Loader, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type {
  DomainAnswerRepresentation,
  DomainRepresentation,
  EnvironmentRepresentation,
} from "../../../api/representations.ts";
import { get, post, remove } from "../api/client.ts";
import { domainsQuery, environmentPath } from "../api/queries.ts";
import { serviceChanged } from "../api/query-client.ts";
import { copy } from "../files/copy.ts";
import { FailureAlert, notifyDone, notifyFailure } from "../shell/failure.tsx";
import { IconButton } from "../shell/icon-button.tsx";
import { Icon } from "../shell/icons.tsx";

/** Hostnames of one's own that serve an environment. */
export function Domains({ environment }: { environment: EnvironmentRepresentation }) {
  const { service_sid: serviceSid, sid } = environment;
  const domains = useQuery(domainsQuery(serviceSid, sid));
  const [hostname, setHostname] = useState("");
  const path = `${environmentPath(serviceSid, sid)}/Domains`;
  const add = useMutation({
    mutationFn: () => post<DomainRepresentation>(path, { Hostname: hostnameIn(hostname) }),
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
        The same files under a hostname of your own. Where it is in the same Cloudflare account, add
        it to this Worker as a custom domain; else it needs a record{" "}
        <Code>CNAME {environment.domain_name.replace(/:\d+$/, "")}</Code> and a route to this
        Worker. Signatures are then checked over that name.
      </Text>
      {domains.data.map((domain) => (
        <div key={domain.sid} className="rb-variable">
          <span className="rb-grow">
            <span className="rb-mono rb-breakable">{domain.hostname}</span>
            <Answer path={`${path}/${domain.sid}`} />
          </span>
          <IconButton
            icon="copy"
            label={`Copy the address of ${domain.hostname}`}
            title="Copy the address"
            onClick={() => void copy(`https://${domain.hostname}`, "Address copied")}
          />
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
            placeholder="media.example.com, or its URL"
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

/** Returns the host of what was typed or pasted: `https://media.example.com/` names it too. */
function hostnameIn(typed: string): string {
  const text = typed.trim().replace(/^[a-z][a-z0-9+.-]*:\/\//i, "");
  return text.replace(/[/?#].*$/s, "").replace(/:(80|443)$/, "");
}

/** Whether the name leads here, and what it needs where it does not. */
function Answer({ path }: { path: string }) {
  const answer = useQuery({
    queryKey: ["domain-answer", path],
    queryFn: ({ signal }) => get<DomainAnswerRepresentation>(`${path}/Answer`, signal),
    staleTime: 30_000,
  });
  if (answer.isPending) return <span className="rb-note rb-block">Asking the name…</span>;
  if (!answer.data) return <span className="rb-note rb-block">It could not be asked.</span>;
  const { answer: found, cname } = answer.data;
  const again = (
    <button
      type="button"
      className="rb-link-button"
      onClick={() => void answer.refetch()}
      disabled={answer.isFetching}
    >
      {answer.isFetching ? "Asking…" : "Ask again"}
    </button>
  );
  switch (found) {
    case "here":
      return (
        <span className="rb-state rb-state-live rb-block">
          <Icon name="check" size={14} /> It answers
        </span>
      );
    case "elsewhere":
      return (
        <span className="rb-block rb-warn-text rb-small">
          Something else answers: its record is to be <Code>CNAME {cname}</Code>. {again}
        </span>
      );
    case "none":
      return (
        <span className="rb-block rb-warn-text rb-small">
          It does not answer yet: its record is to be <Code>CNAME {cname}</Code>. {again}
        </span>
      );
  }
}
