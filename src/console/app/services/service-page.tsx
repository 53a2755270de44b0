import { Group, Skeleton, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useEffect } from "react";
import { isGone } from "../api/failures.ts";
import { draftQuery, serviceQuery } from "../api/queries.ts";
import { refetchService } from "../api/query-client.ts";
import { FilesTab } from "../files/files-tab.tsx";
import { shownPath } from "../files/paths.ts";
import { Link, type Place, pathOf, useParameter } from "../router.tsx";
import { Waiting } from "../shell/app.tsx";
import { FailureAlert } from "../shell/failure.tsx";
import { Icon } from "../shell/icons.tsx";
import { SERVICE_TABS } from "./service-tabs.ts";

const EnvironmentsTab = lazy(() => import("../environments/environments-tab.tsx"));
const ActivityTab = lazy(() => import("../activity/activity-tab.tsx"));
const LogsTab = lazy(() => import("../logs/logs-tab.tsx"));
const SettingsTab = lazy(() => import("./settings-tab.tsx"));

export default function ServicePage({
  place: { serviceSid, tab, item },
}: {
  place: Extract<Place, { page: "service" }>;
}) {
  const service = useQuery(serviceQuery(serviceSid));
  const name = service.data?.friendly_name;
  const opened = useParameter("file");
  const file = useFilePath(serviceSid, tab === "files" ? (opened ?? item) : null);
  const label = file ?? SERVICE_TABS.find((one) => one.tab === tab)?.label;
  useEffect(() => {
    document.title = name ? `${label} · ${name} · Ringback` : "Ringback";
  }, [name, label]);
  if (service.isError && (!service.data || isGone(service.error))) {
    return (
      <>
        <BackLink />
        <FailureAlert
          title={isGone(service.error) ? "There is no such service" : "The service cannot be shown"}
          error={service.error}
          onRetry={() => void service.refetch()}
        />
      </>
    );
  }
  return (
    <>
      <BackLink />
      <Group gap="md" align="baseline" mb="xs">
        <Title order={1} className="rb-breakable">
          {name ?? <Skeleton component="span" display="inline-block" width={220} height={28} />}
        </Title>
        {service.data && service.data.unique_name !== name && (
          <Text c="dimmed" size="sm" className="rb-mono">
            {service.data.unique_name}
          </Text>
        )}
      </Group>
      <nav className="rb-tabs" aria-label="Parts of the service">
        {SERVICE_TABS.map(({ tab: other, label }) => (
          <Link
            key={other}
            href={pathOf({ page: "service", serviceSid, tab: other, item: null })}
            aria-current={other === tab ? "page" : undefined}
          >
            {label}
          </Link>
        ))}
      </nav>
      {service.isError && (
        <div className="rb-stale">
          <FailureAlert
            title="What is shown may be out of date"
            error={service.error}
            onRetry={() => void refetchService(serviceSid)}
          />
        </div>
      )}
      <Suspense fallback={<Waiting />}>
        {tab === "files" && <FilesTab serviceSid={serviceSid} open={item} />}
        {tab === "environments" && <EnvironmentsTab serviceSid={serviceSid} />}
        {tab === "activity" && <ActivityTab serviceSid={serviceSid} environmentSid={item} />}
        {tab === "logs" && <LogsTab serviceSid={serviceSid} environmentSid={item} />}
        {tab === "settings" && service.data && <SettingsTab service={service.data} />}
      </Suspense>
    </>
  );
}

/** The path of a file of the service, once the files are listed; null for none. */
function useFilePath(serviceSid: string, fileSid: string | null): string | null {
  const file = useQuery({
    ...draftQuery(serviceSid),
    enabled: fileSid !== null,
    select: (versions) => versions.find(({ file_sid }) => file_sid === fileSid)?.path,
  });
  return file.data === undefined ? null : shownPath(file.data);
}

function BackLink() {
  return (
    <Link href="/" className="rb-back">
      <Icon name="arrowLeft" size={16} /> Services
    </Link>
  );
}
