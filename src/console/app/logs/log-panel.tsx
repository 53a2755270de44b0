import { Button, Group, Text } from "@mantine/core";
import { type ReactNode, useLayoutEffect, useRef, useState } from "react";
import { count } from "../format.ts";
import { FailureAlert } from "../shell/failure.tsx";
import { FollowButton } from "../shell/follow-button.tsx";
import { Picker } from "../shell/picker.tsx";
import { LogLine } from "./log-line.tsx";
import { type LogLevel, MOST_LINES, ofLevel } from "./log-lines.ts";
import { type LogSource, useLog } from "./use-log.ts";

/** How near its end, pixels, a log counts as scrolled to it. */
const NEAR = 40;

/** A log that follows what is written: the newest line is the last, and stays in sight. */
export function LogPanel({
  source,
  names,
  children,
}: {
  source: LogSource;
  /** Paths of the functions, by SID. */
  names: ReadonlyMap<string, string>;
  /** The choices of what is listed. */
  children: ReactNode;
}) {
  const [following, setFollowing] = useState(true);
  const [level, setLevel] = useState<LogLevel>("INFO");
  const { lines, ready, error, clear } = useLog(source, following);
  const shown = ofLevel(lines, level);
  const { box, atEnd, onScroll, toEnd } = useEndInSight(shown.at(-1)?.sid);
  return (
    <section aria-label="Logs">
      <div className="rb-filters rb-log-tools">
        {children}
        <Picker
          label="Level"
          value={level}
          options={[
            ["INFO", "All levels"],
            ["WARN", "Warnings and errors"],
            ["ERROR", "Errors"],
          ]}
          onChange={setLevel}
        />
        <Group gap="xs" ml="auto">
          <FollowButton following={following} onChange={setFollowing} />
          <Button variant="default" disabled={lines.length === 0} onClick={clear}>
            Clear
          </Button>
        </Group>
      </div>
      {error !== null && following && (
        <FailureAlert
          title="The log cannot be followed. It is tried again by itself."
          error={error}
        />
      )}
      <div className="rb-log-frame">
        <div
          ref={box}
          role="log"
          aria-label="Log lines"
          className="rb-log"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard.
          tabIndex={0}
          onScroll={onScroll}
        >
          {shown.length === 0 && (
            <Text size="sm" c="dimmed" p="md">
              {ready ? NOTHING[following ? "following" : "paused"] : "Reading the log…"}
            </Text>
          )}
          {shown.map((line, index) => (
            <LogLine key={line.sid} line={line} previous={shown[index - 1]} names={names} />
          ))}
        </div>
        {!atEnd && shown.length > 0 && (
          <Button size="compact-sm" className="rb-log-end" onClick={toEnd}>
            To the newest line
          </Button>
        )}
      </div>
      <Text size="xs" c="dimmed" mt={6}>
        {count(shown.length, "line")}, of the last day; at most {MOST_LINES.toLocaleString("en-GB")}{" "}
        are kept here. Times are of your time zone.
      </Text>
    </section>
  );
}

const NOTHING = {
  following: "Nothing was written yet. Lines appear here a moment after a function writes them.",
  paused: "Nothing to list. Press Follow to see what is written.",
};

/** Keeps the end of a box in sight as lines are added, until the person scrolls away from it. */
function useEndInSight(last: string | undefined) {
  const box = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  const toEnd = () => {
    const element = box.current;
    if (element) element.scrollTop = element.scrollHeight;
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new last line is what moves the end.
  useLayoutEffect(() => {
    if (atEnd) toEnd();
  }, [last, atEnd]);
  const onScroll = () => {
    const element = box.current;
    if (!element) return;
    const { scrollHeight, scrollTop, clientHeight } = element;
    setAtEnd(scrollHeight - scrollTop - clientHeight < NEAR);
  };
  return { box, atEnd, onScroll, toEnd };
}
