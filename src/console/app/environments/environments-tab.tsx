import { Button, Group, Skeleton, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { environmentsQuery, usageQuery } from "../api/queries.ts";
import { count } from "../format.ts";
import { closeParameter, openParameter, useParameter } from "../router.tsx";
import { FailureAlert } from "../shell/failure.tsx";
import { Icon } from "../shell/icons.tsx";
import { AddEnvironment } from "./add-environment.tsx";
import { EnvironmentCard } from "./environment-card.tsx";

/** The web addresses of a service, and what each of them serves. */
export default function EnvironmentsTab({ serviceSid }: { serviceSid: string }) {
  const environments = useQuery(environmentsQuery(serviceSid));
  const limit = useQuery(usageQuery()).data?.limits.environments_per_service;
  const adding = useParameter("dialog") === "environment";
  return (
    <>
      <Group justify="space-between" mt="md" mb="md">
        <Text c="dimmed" size="sm">
          {environments.data && limit !== undefined
            ? `${environments.data.length} of ${count(limit, "environment")}`
            : "Each has an address of its own"}
        </Text>
        <Button
          leftSection={<Icon name="add" />}
          onClick={() => openParameter("dialog", "environment")}
        >
          Add environment
        </Button>
      </Group>
      {environments.isPending && <Skeleton height={220} radius="md" />}
      {environments.isError && !environments.data && (
        <FailureAlert
          title="The environments cannot be listed"
          error={environments.error}
          onRetry={() => void environments.refetch()}
        />
      )}
      {environments.data?.length === 0 && (
        <div className="rb-empty">
          <Icon name="globe" size={44} />
          <Title order={2}>No environment yet</Title>
          <Text c="dimmed" maw={440}>
            An environment is a web address that serves one build. Most services have one for
            production and one to try things out.
          </Text>
          <Button onClick={() => openParameter("dialog", "environment")}>Add an environment</Button>
        </div>
      )}
      <div className="rb-environments">
        {[...(environments.data ?? [])].reverse().map((environment, _, all) => (
          <EnvironmentCard key={environment.sid} environment={environment} all={all} />
        ))}
      </div>
      {adding && (
        <AddEnvironment serviceSid={serviceSid} onClose={() => closeParameter("dialog")} />
      )}
    </>
  );
}
