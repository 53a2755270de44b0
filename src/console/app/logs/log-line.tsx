import { memo } from "react";
import type { LogRepresentation } from "../../../api/representations.ts";
import { formatTime } from "../format.ts";

/** One line as it was written: text, whatever it holds. Its day stands above the first of each day. */
export const LogLine = memo(function LogLine({
  line,
  previous,
  names,
}: {
  line: LogRepresentation;
  previous: LogRepresentation | undefined;
  names: ReadonlyMap<string, string>;
}) {
  const { date_created: date, level, function_sid: sid, request_sid: request, message } = line;
  const day = dayOf(date);
  return (
    <>
      {previous !== undefined && dayOf(previous.date_created) !== day && (
        <div className="rb-log-day">{day}</div>
      )}
      <div className={`rb-log-line rb-log-${level.toLowerCase()}`}>
        <time dateTime={date} title={formatTime(date)}>
          {new Date(date).toLocaleTimeString("en-GB")}
        </time>
        <span className="rb-log-level">{level}</span>
        <span className="rb-log-function" title={request ?? undefined}>
          {sid === null ? "" : (names.get(sid) ?? sid)}
        </span>
        <span className="rb-log-message">{message}</span>
      </div>
    </>
  );
});

function dayOf(date: string): string {
  return new Date(date).toLocaleDateString("en-GB", { dateStyle: "full" });
}
