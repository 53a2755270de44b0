import { useEffect, useEffectEvent, useState } from "react";
import type { RequestRepresentation } from "../../../api/representations.ts";
import { post } from "../api/client.ts";
import { environmentPath } from "../api/queries.ts";
import { follow } from "../logs/follow.ts";
import {
  isAskedFor,
  latestRequests,
  type RequestFilter,
  type RequestSource,
  withNew,
} from "./requests.ts";

/**
 * Follows an environment's requests while `following`: lists them once and then takes what the stream
 * brings; where there is no stream, it asks again and again. Its component is made anew for another
 * source or filter.
 */
export function useRequests(source: RequestSource, filter: RequestFilter, following: boolean) {
  const [requests, setRequests] = useState<RequestRepresentation[]>([]);
  const [ready, setReady] = useState(false);
  const [error, setError] = useState<unknown>(null);

  const add = useEffectEvent((came: RequestRepresentation[]) => {
    setRequests((shown) => withNew(shown, came));
  });
  const read = useEffectEvent(async (signal: AbortSignal) => {
    const known = new Set(requests.map(({ sid }) => sid));
    const found = await latestRequests(source, filter, known, signal);
    add(found);
    setReady(true);
    setError(null);
    return found.some(({ sid }) => !known.has(sid));
  });
  const take = useEffectEvent((came: RequestRepresentation[]) => {
    add(came.filter((request) => isAskedFor(request, filter)).reverse());
  });
  useEffect(() => {
    if (!following) return;
    const abortion = new AbortController();
    const { signal } = abortion;
    let streaming = false;
    let listed = false;
    const look = async () => {
      if (streaming && listed) return false;
      const came = await read(signal);
      listed = streaming;
      return came;
    };
    void follow(look, setError, signal);
    void stream(source, signal, take, (open) => {
      streaming = open;
      listed = false;
    });
    return () => abortion.abort();
  }, [following, source]);

  return { requests, ready, error };
}

/** Milliseconds until a stream that ended is opened again. */
const REOPEN = 5_000;

/** Keeps a stream open until `signal`, and tells whether it is. */
async function stream(
  { serviceSid, environmentSid }: RequestSource,
  signal: AbortSignal,
  onRequests: (requests: RequestRepresentation[]) => void,
  onOpen: (open: boolean) => void,
): Promise<void> {
  const path = `${environmentPath(serviceSid, environmentSid)}/Requests/Stream`;
  while (!signal.aborted) {
    try {
      const { protocols } = await post<{ protocols: string[] }>(path, {});
      if (signal.aborted) return;
      const socket = new WebSocket(path, protocols);
      const ended = new Promise<void>((resolve) => {
        socket.onclose = () => resolve();
        signal.addEventListener("abort", () => socket.close(), { once: true });
      });
      socket.onopen = () => onOpen(true);
      socket.onmessage = ({ data }) => onRequests(JSON.parse(String(data)).requests);
      await ended;
    } catch {
      // The list is read again and again meanwhile.
    }
    onOpen(false);
    await new Promise((resolve) => setTimeout(resolve, REOPEN));
  }
}
