import { Text } from "@mantine/core";
import { memo } from "react";
import type { RequestRepresentation } from "../../../api/representations.ts";
import { count, formatTime } from "../format.ts";
import { FailureAlert } from "../shell/failure.tsx";
import { MOST_REQUESTS, type RequestFilter, type RequestSource } from "./requests.ts";
import { useRequests } from "./use-requests.ts";
import { callerWords, requestTime, sentWords, statusClass } from "./words.ts";

/** The latest requests, the newest first; more come by themselves. */
export function RequestList({
  source,
  filter,
  following,
  onOpen,
}: {
  source: RequestSource;
  filter: RequestFilter;
  following: boolean;
  onOpen: (sid: string) => void;
}) {
  const { requests, ready, error } = useRequests(source, filter, following);
  return (
    <section aria-label="Requests">
      {error !== null && following && (
        <FailureAlert title="The requests cannot be followed. It is tried again." error={error} />
      )}
      <table className="rb-requests">
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Status</th>
            <th scope="col">Request</th>
            <th scope="col">Who</th>
            <th scope="col">Sent</th>
            <th scope="col">Took</th>
          </tr>
        </thead>
        <tbody>
          {requests.map((request) => (
            <RequestLine key={request.sid} request={request} onOpen={onOpen} />
          ))}
        </tbody>
      </table>
      {requests.length === 0 && (
        <Text size="sm" c="dimmed" p="md">
          {ready ? NOTHING[following ? "following" : "paused"] : "Reading the requests…"}
        </Text>
      )}
      <Text size="xs" c="dimmed" mt={6} role="status">
        {count(requests.length, "line")}; at most {MOST_REQUESTS} are shown here, those of seven
        days are kept. Who asked is what the caller claims. Times are of your time zone.
      </Text>
    </section>
  );
}

const NOTHING = {
  following: "Nothing was asked for. Requests appear here a second or two after their answer.",
  paused: "Nothing to list. Press Follow to see what is asked for.",
};

const RequestLine = memo(function RequestLine({
  request,
  onOpen,
}: {
  request: RequestRepresentation;
  onOpen: (sid: string) => void;
}) {
  const { sid, date_created, status, method, path, reason_text, count: times } = request;
  const several = times > 1;
  return (
    <tr>
      <td>
        <time dateTime={date_created} title={formatTime(date_created)}>
          {requestTime(date_created)}
        </time>
      </td>
      <td className={statusClass(status)}>{status}</td>
      <td>
        {several ? (
          <span className="rb-breakable">
            {path || "paths that name nothing"}{" "}
            <strong>{times.toLocaleString("en-GB")} times</strong>
          </span>
        ) : (
          <button type="button" className="rb-name rb-breakable" onClick={() => onOpen(sid)}>
            <span>
              <span className="rb-note">{method}</span> {path}
            </span>
          </button>
        )}
        {reason_text && <span className="rb-note rb-request-reason">{reason_text}</span>}
      </td>
      <td>{several ? "" : callerWords(request.caller)}</td>
      <td>{status < 300 ? sentWords(request) : ""}</td>
      <td>{several ? "" : `${request.duration} ms`}</td>
    </tr>
  );
});
