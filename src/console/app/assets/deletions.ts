/** Deletions that can still be taken back: an asset is hidden at once, and deleted a little later. */
import { useSyncExternalStore } from "react";
import type { AssetVersionRepresentation } from "../../../api/representations.ts";
import { remove } from "../api/client.ts";
import { servicePath } from "../api/queries.ts";
import { serviceChanged } from "../api/query-client.ts";
import { notifyFailure } from "../shell/failure.tsx";

/** How long a deletion can be taken back, milliseconds. */
const GRACE = 10_000;

/** Deleting many assets sends this many calls at once. */
const AT_ONCE = 4;

type Deletion = { serviceSid: string; assetSid: string };

let pending: ReadonlyMap<string, Deletion> = new Map();
const listeners = new Set<() => void>();

/** SIDs of the assets that are to be deleted, or being deleted. */
export function useDeletions(): ReadonlyMap<string, Deletion> {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => pending,
  );
}

/** Hides `versions`' assets and deletes them after a while; returns what takes that back. */
export function deleteSoon(versions: AssetVersionRepresentation[]): () => void {
  const deletions = versions.map(({ service_sid, asset_sid }) => ({
    serviceSid: service_sid,
    assetSid: asset_sid,
  }));
  become([...pending.values(), ...deletions]);
  const timer = setTimeout(() => void carryOut(deletions), GRACE);
  return () => {
    clearTimeout(timer);
    const kept = new Set(deletions.map(({ assetSid }) => assetSid));
    become([...pending.values()].filter(({ assetSid }) => !kept.has(assetSid)));
  };
}

/** Deletes at once what waits of `serviceSid`: a deployment must not race with it. */
export async function finishDeletions(serviceSid: string): Promise<void> {
  await carryOut([...pending.values()].filter((deletion) => deletion.serviceSid === serviceSid));
}

addEventListener("pagehide", () => {
  for (const deletion of pending.values()) {
    void remove(assetPath(deletion), { keepalive: true }).catch(() => {});
  }
});

async function carryOut(deletions: Deletion[]): Promise<void> {
  // What was taken back, or done meanwhile, is no longer there.
  const waiting = deletions.filter(({ assetSid }) => pending.has(assetSid));
  const services = new Set(waiting.map(({ serviceSid }) => serviceSid));
  const next = waiting.values();
  const worker = async () => {
    for (const deletion of next) {
      await remove(assetPath(deletion)).catch((error) =>
        notifyFailure("A file could not be deleted", error),
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  await Promise.all([...services].map(serviceChanged));
  const done = new Set(waiting.map(({ assetSid }) => assetSid));
  become([...pending.values()].filter(({ assetSid }) => !done.has(assetSid)));
}

function assetPath({ serviceSid, assetSid }: Deletion): string {
  return `${servicePath(serviceSid)}/Assets/${assetSid}`;
}

function become(deletions: Deletion[]): void {
  pending = new Map(deletions.map((deletion) => [deletion.assetSid, deletion]));
  for (const listener of listeners) listener();
}
