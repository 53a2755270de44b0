/** Which paths callers were refused, of the environment that is looked at: marks in the list of files. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { createListeners } from "../listeners.ts";
import { statisticsQuery } from "./requests.ts";

/** Days that count: yesterday's refusal may not be mended yet. */
const DAYS = 2;

let refused = new Map<string, number>();
const { listen, announce } = createListeners();

/** How often callers were refused `path` (canonical) lately; a row of a thousand is drawn anew alone. */
export function useRefused(path: string): number {
  return useSyncExternalStore(listen, () => refused.get(path) ?? 0);
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
    refused = new Map();
    for (const { path, status, requests, date } of days ?? []) {
      if (status !== 403 || path === null || date < since) continue;
      refused.set(path, (refused.get(path) ?? 0) + requests);
    }
    announce();
  }, [days]);
}
