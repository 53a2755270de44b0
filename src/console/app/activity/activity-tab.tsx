import { Skeleton, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { environmentsQuery } from "../api/queries.ts";
import { useTarget } from "../files/use-target.ts";
import { FailureAlert } from "../shell/failure.tsx";
import { Icon } from "../shell/icons.tsx";
import "./activity.css";
import { ActivityPanel } from "./activity-panel.tsx";

/** What an environment's host was asked for and answered, as it happens. */
export default function ActivityTab({
  serviceSid,
  environmentSid,
}: {
  serviceSid: string;
  environmentSid: string | null;
}) {
  const environments = useQuery(environmentsQuery(serviceSid));
  const [target] = useTarget(serviceSid, environments.data);
  if (environments.isError && !environments.data) {
    return (
      <FailureAlert
        title="The environments cannot be listed"
        error={environments.error}
        onRetry={() => void environments.refetch()}
      />
    );
  }
  if (!environments.data) {
    return <Skeleton height={320} radius="md" mt="md" role="status" aria-label="Loading" />;
  }
  const environment = environments.data.find(({ sid }) => sid === environmentSid) ?? target;
  if (!environment) {
    return (
      <div className="rb-empty">
        <Icon name="globe" size={44} />
        <Title order={2}>No environment yet</Title>
        <Text c="dimmed" maw={440}>
          An environment is a web address that serves a build. Each request to it is listed here.
        </Text>
      </div>
    );
  }
  return (
    <ActivityPanel
      key={environment.sid}
      serviceSid={serviceSid}
      environment={environment}
      environments={environments.data}
    />
  );
}
