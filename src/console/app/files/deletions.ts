/** Deletions that can still be taken back: a file is hidden at once, and deleted a little later. */
import { useSyncExternalStore } from "react";
import { remove } from "../api/client.ts";
import { filesPath } from "../api/queries.ts";
import { serviceChanged } from "../api/query-client.ts";
import { createListeners } from "../listeners.ts";
import { currentSession, onSession } from "../session/session.ts";
import { notifyFailure } from "../shell/failure.tsx";
import type { FileKind, FileVersion } from "./file-version.ts";
import { shownPath } from "./paths.ts";

/** How long a deletion can be taken back, milliseconds. */
const GRACE = 10_000;

/** Deleting many files sends this many calls at once. */
const AT_ONCE = 4;

type Deletion = { kind: FileKind; serviceSid: string; fileSid: string; path: string };

let pending: ReadonlyMap<string, Deletion> = new Map();
const { listen, announce } = createListeners();

/** The files that are to be deleted, or being deleted, by their SIDs. */
export function useDeletions(): ReadonlyMap<string, Deletion> {
  return useSyncExternalStore(listen, () => pending);
}

/** Hides `versions`' files and deletes them after a while; returns what takes that back. */
export function deleteSoon(versions: FileVersion[]): () => void {
  const deletions = versions.map(({ kind, service_sid, file_sid, path }) => ({
    kind,
    serviceSid: service_sid,
    fileSid: file_sid,
    path,
  }));
  become([...pending.values(), ...deletions]);
  const timer = setTimeout(() => void carryOut(deletions), GRACE);
  return () => {
    clearTimeout(timer);
    const kept = new Set(deletions.map(({ fileSid }) => fileSid));
    become([...pending.values()].filter(({ fileSid }) => !kept.has(fileSid)));
  };
}

/** Deletes at once what waits of `serviceSid`: a deployment must not race with it. */
export async function finishDeletions(serviceSid: string): Promise<void> {
  await carryOut([...pending.values()].filter((deletion) => deletion.serviceSid === serviceSid));
}

/** Sends every deletion that waits, without awaiting its answer: the page, or the session, ends. */
export function deleteNow(): void {
  for (const deletion of pending.values()) {
    void remove(filePath(deletion), { keepalive: true }).catch(() => {});
  }
}

addEventListener("pagehide", deleteNow);

onSession(() => {
  if (currentSession().state === "signed-out") become([]);
});

async function carryOut(deletions: Deletion[]): Promise<void> {
  // What was taken back, or done meanwhile, is no longer there.
  const waiting = deletions.filter(({ fileSid }) => pending.has(fileSid));
  const services = new Set(waiting.map(({ serviceSid }) => serviceSid));
  const next = waiting.values();
  const worker = async () => {
    for (const deletion of next) {
      await remove(filePath(deletion)).catch((error) =>
        notifyFailure(`${shownPath(deletion.path)} was not deleted`, error),
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  await Promise.all([...services].map(serviceChanged));
  const done = new Set(waiting.map(({ fileSid }) => fileSid));
  become([...pending.values()].filter(({ fileSid }) => !done.has(fileSid)));
}

function filePath({ kind, serviceSid, fileSid }: Deletion): string {
  return `${filesPath(serviceSid, kind)}/${fileSid}`;
}

function become(deletions: Deletion[]): void {
  pending = new Map(deletions.map((deletion) => [deletion.fileSid, deletion]));
  announce();
}
