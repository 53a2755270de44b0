/** Which paths callers did not get, of the environment that is looked at: marks in the list of files. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { createListeners } from "../listeners.ts";
import { statisticsQuery } from "./requests.ts";

/** Days that count: yesterday's refusal may not be mended yet. */
const DAYS = 2;

/** Callers who were refused a file (403), and who got an error of ours or of its function (5xx). */
export type Unserved = { refused: number; failed: number };

const NONE: Unserved = { refused: 0, failed: 0 };

let unserved = new Map<string, Unserved>();
const { listen, announce } = createListeners();

/** How often callers did not get `path` (canonical) lately; a row of a thousand is drawn anew alone. */
export function useUnserved(path: string): Unserved {
  return useSyncExternalStore(listen, () => unserved.get(path) ?? NONE);
}

/** Keeps the marks those of an environment while its component is shown. */
export function useWatchedRefusals(serviceSid: string, environmentSid: string | undefined): void {
  const statistics = useQuery({
    ...statisticsQuery({ serviceSid, environmentSid: environmentSid ?? "" }),
    enabled: environmentSid !== undefined,
  });
  const days = statistics.data?.days;
  useEffect(() => {
    const since = new Date(Date.now() - (DAYS - 1) * 86_400_000).toISOString().slice(0, 10);
    unserved = new Map();
    for (const { path, status, requests, date } of days ?? []) {
      if (path === null || date < since || (status !== 403 && status < 500)) continue;
      const { refused, failed } = unserved.get(path) ?? NONE;
      unserved.set(
        path,
        status === 403
          ? { refused: refused + requests, failed }
          : { refused, failed: failed + requests },
      );
    }
    announce();
  }, [days]);
}
