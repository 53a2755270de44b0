import { Anchor, Button, Group, Menu, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { EnvironmentRepresentation } from "../../../api/representations.ts";
import { remove } from "../api/client.ts";
import { buildQuery, environmentPath } from "../api/queries.ts";
import { serviceChanged } from "../api/query-client.ts";
import { copy } from "../files/copy.ts";
import { filesOfBuild } from "../files/file-version.ts";
import { count, formatAge, formatTime } from "../format.ts";
import { closeParameter, Link, openParameter, pathOf, useParameter } from "../router.tsx";
import { ConfirmDeletion } from "../shell/confirm-deletion.tsx";
import { notifyDone } from "../shell/failure.tsx";
import { IconButton } from "../shell/icon-button.tsx";
import { Icon } from "../shell/icons.tsx";
import { Activation } from "./activation.tsx";
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
  const shown = useParameter("open");
  const part = PARTS.find(([key]) => shown === `${sid}.${key}`)?.[0] ?? null;
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
            <IconButton
              icon="copy"
              size={15}
              label={`Copy the address of ${name}`}
              title="Copy the address"
              onClick={() => void copy(url, "Address copied")}
            />
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
              <IconButton icon="dots" size={18} label={`More for ${name}`} title="More" />
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
          <IconButton
            icon="copy"
            size={15}
            label={`Copy the build SID of ${name}`}
            title={`Copy the build SID ${build_sid}`}
            onClick={() => void copy(build_sid, "Build SID copied")}
          />
        </Text>
      )}
      <div className="rb-parts">
        {PARTS.map(([key, label]) => (
          <button
            key={key}
            type="button"
            className="rb-part-button"
            aria-expanded={part === key}
            onClick={() =>
              part === key ? closeParameter("open") : openParameter("open", `${sid}.${key}`)
            }
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
          note={`Promoted from ${name}`}
          from={environment}
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
          note="Un-deployed"
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
