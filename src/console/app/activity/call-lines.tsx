import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { callLogsQuery, type RequestSource } from "./requests.ts";
import { requestTime } from "./words.ts";

/** What a function wrote in one call. */
export function CallLines({ source, requestSid }: { source: RequestSource; requestSid: string }) {
  const lines = useQuery(callLogsQuery(source, requestSid));
  return (
    <section aria-label="Log lines">
      <Text fw={600} size="sm" mb={4}>
        Log lines
      </Text>
      {lines.data?.length === 0 && (
        <Text size="sm" c="dimmed">
          It wrote nothing.
        </Text>
      )}
      {lines.data && lines.data.length > 0 && (
        <pre className="rb-code-block">
          {lines.data
            .map(
              ({ date_created, level, message }) =>
                `${requestTime(date_created)} ${level.padEnd(5)} ${message}`,
            )
            .join("\n")}
        </pre>
      )}
    </section>
  );
}
