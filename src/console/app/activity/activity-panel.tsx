import { Button, Group } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useDeferredValue, useMemo, useState } from "react";
import type { EnvironmentRepresentation } from "../../../api/representations.ts";
import { EnvironmentPicker } from "../environments/environment-picker.tsx";
import {
  closeParameter,
  navigate,
  openParameter,
  pathOf,
  replaceParameters,
  useParameter,
} from "../router.tsx";
import { FailureAlert } from "../shell/failure.tsx";
import { FollowButton } from "../shell/follow-button.tsx";
import { Icon } from "../shell/icons.tsx";
import { Picker } from "../shell/picker.tsx";
import { Chart } from "./chart.tsx";
import { RequestList } from "./request-list.tsx";
import { RequestPage } from "./request-page.tsx";
import { statisticsQuery } from "./requests.ts";

const TestRequest = lazy(() => import("./test-request.tsx"));

const STATUSES = [
  ["", "Every status"],
  ["2xx", "2xx: answered"],
  ["3xx", "3xx: not modified"],
  ["4xx", "4xx: refused"],
  ["403", "403: signature"],
  ["404", "404: not there"],
  ["5xx", "5xx: failed"],
] as const;

export function ActivityPanel({
  serviceSid,
  environment,
  environments,
}: {
  serviceSid: string;
  environment: EnvironmentRepresentation;
  environments: EnvironmentRepresentation[];
}) {
  const source = useMemo(
    () => ({ serviceSid, environmentSid: environment.sid }),
    [serviceSid, environment.sid],
  );
  const path = useParameter("path");
  const status = useParameter("status");
  const reason = useParameter("reason");
  const open = useParameter("request");
  const test = useParameter("test");
  const [following, setFollowing] = useState(true);
  const statistics = useQuery(statisticsQuery(source));
  // A request for each letter would be many.
  const wanted = useDeferredValue(path);
  const filter = useMemo(() => ({ path: wanted, status, reason }), [wanted, status, reason]);
  const choose = (sid: string) =>
    navigate(pathOf({ page: "service", serviceSid, tab: "activity", item: sid }));
  return (
    <>
      {statistics.data && <Chart statistics={statistics.data} />}
      <div className="rb-filters rb-activity-tools">
        <EnvironmentPicker
          environment={environment}
          environments={environments}
          onChange={choose}
        />
        <input
          className="rb-input rb-filter-text"
          type="search"
          aria-label="Path"
          placeholder="Path, or its beginning: /menu/*"
          value={path ?? ""}
          onChange={({ currentTarget }) => replaceParameters({ path: currentTarget.value || null })}
        />
        <Picker
          label="Status"
          value={status ?? ""}
          options={
            STATUSES.some(([value]) => value === (status ?? ""))
              ? STATUSES.slice()
              : [...STATUSES, [status ?? "", status ?? ""]]
          }
          onChange={(value) => replaceParameters({ status: value || null })}
        />
        {reason !== null && (
          <Button
            variant="default"
            rightSection={<Icon name="close" size={14} />}
            aria-label={`Reason ${reason}: take the filter away`}
            onClick={() => replaceParameters({ reason: null })}
          >
            {reason}
          </Button>
        )}
        <Group gap="xs" ml="auto">
          <FollowButton following={following} onChange={setFollowing} />
          <Button
            leftSection={<Icon name="phone" size={16} />}
            onClick={() => openParameter("test", path?.includes("*") ? "/" : (path ?? "/"))}
          >
            Test…
          </Button>
        </Group>
      </div>
      {statistics.isError && !statistics.data && (
        <FailureAlert
          title="The statistics cannot be read"
          error={statistics.error}
          onRetry={() => void statistics.refetch()}
        />
      )}
      <RequestList
        key={`${filter.path} ${filter.status} ${filter.reason}`}
        source={source}
        filter={filter}
        following={following}
        onOpen={(sid) => openParameter("request", sid)}
      />
      {open !== null && (
        <RequestPage
          source={source}
          environment={environment}
          sid={open}
          onClose={() => closeParameter("request")}
        />
      )}
      {test !== null && (
        <Suspense fallback={null}>
          <TestRequest
            key={test}
            source={source}
            environment={environment}
            path={test}
            onClose={() => closeParameter("test")}
          />
        </Suspense>
      )}
    </>
  );
}
