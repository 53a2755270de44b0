import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { EnvironmentRepresentation } from "../../../api/representations.ts";
import type { FileVersion } from "../files/file-version.ts";
import { pathKey } from "../files/paths.ts";
import { formatAge, formatTime } from "../format.ts";
import { navigate, pathOf } from "../router.tsx";
import { Icon } from "../shell/icons.tsx";
import { statisticsQuery } from "./requests.ts";
import { callerWords } from "./words.ts";

/** Who asked for a file last, when and with what status, and how often it was in 30 days. */
export default function LastRequests({
  version,
  environment,
}: {
  version: FileVersion;
  environment: EnvironmentRepresentation;
}) {
  const serviceSid = version.service_sid;
  const statistics = useQuery(statisticsQuery({ serviceSid, environmentSid: environment.sid }));
  if (!statistics.data) return null;
  const path = pathKey(version.path);
  const last = statistics.data.last_requests.find((request) => request.path === path);
  const days = statistics.data.days.filter((day) => day.path === path);
  const requests = days.reduce((sum, day) => sum + day.requests, 0);
  const numberOf = (counts: (status: number) => boolean) =>
    days.reduce((sum, day) => sum + (counts(day.status) ? day.requests : 0), 0);
  const refused = numberOf((status) => status === 403);
  const failed = numberOf((status) => status >= 500);
  const activity = pathOf({
    ...{ page: "service", serviceSid, tab: "activity", item: environment.sid },
  } as const);
  return (
    <section aria-label="Last requests">
      <dl className="rb-details">
        <dt>Last fetched</dt>
        <dd>
          {last ? (
            <span title={formatTime(last.date)}>
              {formatAge(last.date)}, by {callerWords(last.caller)}: {last.status}
            </span>
          ) : requests > 0 ? (
            "More than a week ago"
          ) : (
            "Never, in 30 days"
          )}
        </dd>
        <dt>In 30 days</dt>
        <dd>
          {requests.toLocaleString("en-GB")} times
          {refused > 0 && <strong className="rb-exposed"> {refused} refused</strong>}
          {failed > 0 && <strong className="rb-exposed"> {failed} failed</strong>}
        </dd>
      </dl>
      <Button
        mt="xs"
        size="compact-sm"
        variant="default"
        leftSection={<Icon name="list" size={14} />}
        onClick={() => navigate(`${activity}?${new URLSearchParams({ path })}`)}
      >
        Its requests
      </Button>{" "}
      <Button
        mt="xs"
        size="compact-sm"
        variant="default"
        leftSection={<Icon name="phone" size={14} />}
        onClick={() => navigate(`${activity}?${new URLSearchParams({ test: path })}`)}
      >
        Test…
      </Button>
    </section>
  );
}
