import { QueryClient } from "@tanstack/react-query";
import { isPassing } from "./failures.ts";

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      retry: (failures, error) => failures < 2 && isPassing(error),
      retryDelay: (attempt) => 500 * 2 ** attempt,
    },
    mutations: { retry: false, networkMode: "always" },
  },
});

/** Tabs of one browser tell each other what they changed; no credentials pass here. */
const tabs = new BroadcastChannel("ringback");

tabs.onmessage = ({ data }: MessageEvent<unknown>) => {
  if (typeof data === "string") refetch(data);
};

/** Fetches what is shown of a service, and the account's usage, again: here and in other tabs. */
export function serviceChanged(serviceSid: string): Promise<void> {
  tabs.postMessage(serviceSid);
  return refetch(serviceSid);
}

async function refetch(serviceSid: string): Promise<void> {
  await Promise.all([
    queryClient.invalidateQueries({ queryKey: ["service", serviceSid] }),
    queryClient.invalidateQueries({ queryKey: ["services"] }),
    queryClient.invalidateQueries({ queryKey: ["usage"] }),
  ]);
}
