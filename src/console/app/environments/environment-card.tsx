import { Anchor, Button, Group, Menu, Modal, Text, Title } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { EnvironmentRepresentation } from "../../../api/representations.ts";
import { remove } from "../api/client.ts";
import { buildQuery, environmentPath } from "../api/queries.ts";
import { serviceChanged } from "../api/query-client.ts";
import { ChangeList } from "../deploy/change-list.tsx";
import { buildChanges, changesInWords } from "../deploy/changes.ts";
import { activate } from "../deploy/deployment.ts";
import { copy } from "../files/copy.ts";
import { filesOfBuild } from "../files/file-version.ts";
import { count, formatAge, formatTime } from "../format.ts";
import { Link, pathOf } from "../router.tsx";
import { ConfirmDeletion } from "../shell/confirm-deletion.tsx";
import { FailureAlert, notifyDone, notifyFailure } from "../shell/failure.tsx";
import { useFocusGivenBack } from "../shell/focus.ts";
import { Icon } from "../shell/icons.tsx";
import { Domains } from "./domains.tsx";
import { History } from "./history.tsx";
import { Variables } from "./variables.tsx";

type Part = "history" | "variables" | "domains";

const PARTS: [Part, string][] = [
  ["history", "Deployments"],
  ["variables", "Variables"],
  ["domains", "Custom domains"],
];

/** One environment: what it serves, where that can go next, and what belongs to it. */
export function EnvironmentCard({
  environment,
  all,
}: {
  environment: EnvironmentRepresentation;
  all: EnvironmentRepresentation[];
}) {
  const { sid, service_sid: serviceSid, unique_name: name, domain_name, build_sid } = environment;
  const [part, setPart] = useState<Part | null>(null);
  const [promotion, setPromotion] = useState<EnvironmentRepresentation | null>(null);
  const [deleting, setDeleting] = useState(false);
  const [undeploying, setUndeploying] = useState(false);
  const build = useQuery({
    ...buildQuery(serviceSid, build_sid ?? ""),
    enabled: build_sid !== null,
  }).data;
  const others = all.filter((other) => other.sid !== sid);
  const url = `${location.protocol}//${domain_name}`;
  const files = filesOfBuild(build).length;
  return (
    <section className="rb-environment" aria-label={`Environment ${name}`}>
      <div className="rb-environment-head">
        <div className="rb-environment-name">
          <Title order={2} className="rb-breakable">
            {name}
          </Title>
          <span className="rb-domain">
            <Anchor href={`${url}/`} target="_blank" rel="noreferrer" size="sm" className="rb-mono">
              {domain_name}
            </Anchor>
            <button
              type="button"
              className="rb-icon-button"
              aria-label={`Copy the address of ${name}`}
              title="Copy the address"
              onClick={() => void copy(url, "Address copied")}
            >
              <Icon name="copy" size={15} />
            </button>
          </span>
        </div>
        <Group gap="xs">
          {build_sid !== null && others.length > 0 && (
            <Menu position="bottom-end" withInitialFocusPlaceholder={false}>
              <Menu.Target>
                <Button variant="light" leftSection={<Icon name="branch" size={17} />}>
                  Promote to…
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                {others.map((other) => (
                  <Menu.Item key={other.sid} onClick={() => setPromotion(other)}>
                    {other.unique_name}
                  </Menu.Item>
                ))}
              </Menu.Dropdown>
            </Menu>
          )}
          <Menu position="bottom-end" withInitialFocusPlaceholder={false}>
            <Menu.Target>
              <button
                type="button"
                className="rb-icon-button"
                aria-label={`More for ${name}`}
                title="More"
              >
                <Icon name="dots" />
              </button>
            </Menu.Target>
            <Menu.Dropdown>
              {build_sid !== null && (
                <Menu.Item onClick={() => setUndeploying(true)}>Un-deploy</Menu.Item>
              )}
              <Menu.Item className="rb-danger-item" onClick={() => setDeleting(true)}>
                Delete environment
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </Group>
      </div>
      {build_sid === null ? (
        <Text size="sm" c="dimmed">
          Nothing is deployed here: its address answers 404.
          {others.some((other) => other.build_sid !== null) &&
            " Deploy All on the Functions & Assets page, or promote the build of another environment."}
        </Text>
      ) : (
        <Text size="sm">
          <span className="rb-state rb-state-live">
            <Icon name="check" size={14} /> Live
          </span>{" "}
          {build && (
            <>
              {count(files, "file")}, built{" "}
              <span title={formatTime(build.date_created)}>{formatAge(build.date_created)}</span>
            </>
          )}{" "}
          <span className="rb-note rb-mono rb-breakable">{build_sid}</span>
        </Text>
      )}
      <div className="rb-parts">
        {PARTS.map(([key, label]) => (
          <button
            key={key}
            type="button"
            className="rb-part-button"
            aria-expanded={part === key}
            onClick={() => setPart(part === key ? null : key)}
          >
            <span className={part === key ? "rb-turned" : ""}>
              <Icon name="chevron" size={14} />
            </span>
            {label}
          </button>
        ))}
        <Link
          className="rb-part-button"
          href={pathOf({ page: "service", serviceSid, tab: "logs", item: sid })}
        >
          <Icon name="list" size={14} />
          Logs
        </Link>
      </div>
      {part === "history" && <History environment={environment} />}
      {part === "variables" && <Variables environment={environment} />}
      {part === "domains" && <Domains environment={environment} />}
      {promotion && (
        <Activation
          title={`Promote to ${promotion.unique_name}`}
          verb="Promote"
          environment={promotion}
          buildSid={build_sid}
          done={`${promotion.unique_name} now serves what ${name} serves`}
          onClose={() => setPromotion(null)}
        />
      )}
      {undeploying && (
        <Activation
          title={`Un-deploy ${name}`}
          verb="Un-deploy"
          environment={environment}
          buildSid={null}
          done={`${name} serves nothing now`}
          onClose={() => setUndeploying(false)}
        />
      )}
      {deleting && (
        <ConfirmDeletion
          onClose={() => setDeleting(false)}
          title={`Delete ${name}`}
          name={name}
          onConfirm={async () => {
            await remove(environmentPath(serviceSid, sid));
            await serviceChanged(serviceSid);
            notifyDone(`${name} was deleted`);
          }}
        >
          Its address stops answering, and its variables, custom domains and history are deleted.
          The files of the service stay. This cannot be undone.
        </ConfirmDeletion>
      )}
    </section>
  );
}

/** Shows what an environment's callers would notice, and makes `buildSid` (null: nothing) what it serves. */
export function Activation({
  title,
  verb,
  environment,
  buildSid,
  done,
  onClose,
}: {
  title: string;
  verb: string;
  environment: EnvironmentRepresentation;
  buildSid: string | null;
  done: string;
  onClose: () => void;
}) {
  useFocusGivenBack();
  const { service_sid: serviceSid, build_sid: currentSid } = environment;
  const current = useQuery({
    ...buildQuery(serviceSid, currentSid ?? ""),
    enabled: currentSid !== null,
  });
  const next = useQuery({ ...buildQuery(serviceSid, buildSid ?? ""), enabled: buildSid !== null });
  const loaded = (currentSid === null || current.data) && (buildSid === null || next.data);
  const changes = loaded ? buildChanges(current.data, next.data) : null;
  const [waiting, setWaiting] = useState(false);
  const activation = useMutation({
    mutationFn: () => activate(environment, buildSid, setWaiting),
    onSuccess: async () => {
      await serviceChanged(serviceSid);
      const undo = currentSid
        ? () =>
            void activate(environment, currentSid)
              .catch((error) => notifyFailure("It could not be taken back", error))
              .finally(() => serviceChanged(serviceSid))
        : undefined;
      notifyDone(done, undo);
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ "aria-label": "Close" }}>
      {next.isError && (
        <FailureAlert title="This build is no longer kept" error={next.error}>
          <Text size="sm" mt={4}>
            Builds that no environment serves are deleted after a while. Deploy All makes a new one.
          </Text>
        </FailureAlert>
      )}
      {currentSid === buildSid ? (
        <Text size="sm">{environment.unique_name} serves this build already.</Text>
      ) : (
        changes && (
          <>
            <Text size="sm" mb="xs">
              Changes for {environment.unique_name}: {changesInWords(changes)}
            </Text>
            <ChangeList changes={changes} />
          </>
        )
      )}
      {activation.isPending && waiting && (
        <Text size="sm" mt="md" role="status">
          The connection is lost. Waiting for it: this goes on by itself…
        </Text>
      )}
      {activation.isError && <FailureAlert title="It was not done" error={activation.error} />}
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button
          data-autofocus
          disabled={currentSid === buildSid || next.isError}
          loading={activation.isPending}
          {...(buildSid === null ? { color: "red" } : {})}
          onClick={() => activation.mutate()}
        >
          {verb}
        </Button>
      </Group>
    </Modal>
  );
}
