import { useEffect, useEffectEvent, useState } from "react";
import type { LogRepresentation } from "../../../api/representations.ts";
import { listUntil } from "../api/client.ts";
import { environmentPath } from "../api/queries.ts";
import { follow } from "./follow.ts";
import { linesAfter, MOST_LINES, startDateAfter, withNewLines } from "./log-lines.ts";

/** How many lines of before are listed at first. */
const FIRST = 200;

export type LogSource = {
  serviceSid: string;
  environmentSid: string;
  /** Null: all functions. */
  functionSid: string | null;
};

/**
 * Follows a log while the page is seen and `following`; its component is made anew for another source.
 * `ready` once the API has answered, `error` while it does not; `clear` takes away what is listed.
 */
export function useLog({ serviceSid, environmentSid, functionSid }: LogSource, following: boolean) {
  const [lines, setLines] = useState<LogRepresentation[]>([]);
  const [ready, setReady] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [cleared, setCleared] = useState<string | null>(null);

  const read = useEffectEvent(async (signal: AbortSignal) => {
    const known = new Set(lines.map(({ sid }) => sid));
    const since = startDateAfter(lines);
    const found = await listUntil<LogRepresentation>(
      `${environmentPath(serviceSid, environmentSid)}/Logs`,
      "logs",
      {
        ...(functionSid === null ? {} : { FunctionSid: functionSid }),
        ...(since === null ? {} : { StartDate: since }),
      },
      { known: ({ sid }) => known.has(sid), most: lines.length === 0 ? FIRST : MOST_LINES },
      signal,
    );
    setLines((shown) => withNewLines(shown, found));
    setReady(true);
    setError(null);
    return found.some(({ sid }) => !known.has(sid));
  });
  useEffect(() => {
    if (!following) return;
    const abortion = new AbortController();
    void follow(() => read(abortion.signal), setError, abortion.signal);
    return () => abortion.abort();
  }, [following]);

  return {
    lines: linesAfter(lines, cleared),
    ready,
    error,
    clear: () => setCleared(lines.at(-1)?.sid ?? null),
  };
}
