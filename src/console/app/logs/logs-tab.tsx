import { Skeleton, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { buildQuery, draftQuery, environmentsQuery } from "../api/queries.ts";
import { EnvironmentPicker } from "../environments/environment-picker.tsx";
import { filesOfBuild } from "../files/file-version.ts";
import { shownPath } from "../files/paths.ts";
import { useTarget } from "../files/use-target.ts";
import { navigate, pathOf } from "../router.tsx";
import { FailureAlert } from "../shell/failure.tsx";
import { Icon } from "../shell/icons.tsx";
import { Picker } from "../shell/picker.tsx";
import { LogPanel } from "./log-panel.tsx";

/** What the functions of an environment write, as they write it. */
export default function LogsTab({
  serviceSid,
  environmentSid,
}: {
  serviceSid: string;
  environmentSid: string | null;
}) {
  const environments = useQuery(environmentsQuery(serviceSid));
  const draft = useQuery(draftQuery(serviceSid));
  const [target] = useTarget(serviceSid, environments.data);
  const [functionSid, setFunctionSid] = useState("");
  const environment = environments.data?.find(({ sid }) => sid === environmentSid) ?? target;
  const buildSid = environment?.build_sid ?? null;
  const build = useQuery({ ...buildQuery(serviceSid, buildSid ?? ""), enabled: buildSid !== null });
  const names = useMemo(() => {
    // What runs may have another path than what would be deployed now, or be deleted.
    const files = [...(draft.data ?? []), ...filesOfBuild(build.data)];
    const functions = files.filter(({ kind }) => kind === "function");
    const paths = new Map(functions.map(({ file_sid, path }) => [file_sid, shownPath(path)]));
    return new Map([...paths].sort(([, one], [, other]) => (one < other ? -1 : 1)));
  }, [draft.data, build.data]);
  if (environments.isError && !environments.data) {
    return (
      <FailureAlert
        title="The environments cannot be listed"
        error={environments.error}
        onRetry={() => void environments.refetch()}
      />
    );
  }
  if (!environments.data)
    return <Skeleton height={320} radius="md" mt="md" role="status" aria-label="Loading" />;
  if (!environment) {
    return (
      <div className="rb-empty">
        <Icon name="list" size={44} />
        <Title order={2}>No environment yet</Title>
        <Text c="dimmed" maw={440}>
          Functions run in an environment: a web address that serves a build. What they write to
          console is listed here.
        </Text>
      </div>
    );
  }
  const choose = (sid: string) =>
    navigate(pathOf({ page: "service", serviceSid, tab: "logs", item: sid }));
  return (
    <LogPanel
      key={`${environment.sid} ${functionSid}`}
      source={{ serviceSid, environmentSid: environment.sid, functionSid: functionSid || null }}
      names={names}
    >
      <EnvironmentPicker
        environment={environment}
        environments={environments.data}
        onChange={choose}
      />
      <Picker
        label="Function"
        value={functionSid}
        options={[["", "All functions"], ...names]}
        onChange={setFunctionSid}
      />
    </LogPanel>
  );
}
