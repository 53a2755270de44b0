import { QueryClient } from "@tanstack/react-query";
import { currentSession, onSession } from "../session/session.ts";
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

let account = accountOfSession();

// What one account saw is nothing to the next.
onSession(() => {
  if (account === accountOfSession()) return;
  account = accountOfSession();
  queryClient.clear();
});

function accountOfSession(): string | null {
  const session = currentSession();
  return session.state === "signed-out" ? null : session.accountSid;
}

/** Tabs of one browser tell each other what they changed; no credentials pass here. */
const tabs = new BroadcastChannel("ringback");

tabs.onmessage = ({ data }: MessageEvent<unknown>) => {
  if (typeof data === "string") refetchService(data);
};

/** Fetches what is shown of a service, and the account's usage, again. */
export async function refetchService(serviceSid: string): Promise<void> {
  await Promise.all([
    queryClient.invalidateQueries({ queryKey: ["service", serviceSid] }),
    queryClient.invalidateQueries({ queryKey: ["services"] }),
    queryClient.invalidateQueries({ queryKey: ["usage"] }),
  ]);
}

/** The same here and in other tabs: something of the service was written. */
export function serviceChanged(serviceSid: string): Promise<void> {
  tabs.postMessage(serviceSid);
  return refetchService(serviceSid);
}
