/**
 * The draft: what the next deployment takes of each file. Deleting, discarding and going back to an
 * earlier version change it at once, without a byte being sent, and can be taken back.
 */
import { useSyncExternalStore } from "react";
import type { DraftRepresentation } from "../../../api/representations.ts";
import { post } from "../api/client.ts";
import { draftQuery, servicePath } from "../api/queries.ts";
import { queryClient, serviceChanged } from "../api/query-client.ts";
import { count } from "../format.ts";
import { createListeners } from "../listeners.ts";
import { notifyDone, notifyFailure } from "../shell/failure.tsx";
import { changeFromLive, changeToLive, type DraftChange } from "./draft-change.ts";
import type { FileRow } from "./file-rows.ts";
import type { FileVersion } from "./file-version.ts";
import { shownPath } from "./paths.ts";

let leaving: ReadonlySet<string> = new Set();
let underWay: Promise<unknown> = Promise.resolve();
const { listen, announce } = createListeners();

/** SIDs of the files that are being deleted: they are shown no more. */
export function useLeaving(): ReadonlySet<string> {
  return useSyncExternalStore(listen, () => leaving);
}

/** Resolves when no change of a draft is under way: a deployment must not race with one. */
export async function draftSettled(): Promise<void> {
  await underWay;
}

/** Deletes the files of `versions`; `servedIn` names the environment that goes on serving some of them. */
export async function deleteFiles(versions: FileVersion[], servedIn: string | null): Promise<void> {
  const [first] = versions;
  if (!first) return;
  const change = { versions: [], removed: versions.map(({ file_sid }) => file_sid) };
  const what = versions.length === 1 ? shownPath(first.path) : count(versions.length, "file");
  const served = servedIn
    ? ` ${servedIn} serves ${versions.length === 1 ? "it" : "them"} until the next deployment.`
    : "";
  const back = { versions: versions.map(({ sid }) => sid), removed: [] };
  await applyVisibly(first.service_sid, change, `${what} deleted.${served}`, back, {
    failed: `${what} ${versions.length === 1 ? "was" : "were"} not deleted`,
  });
}

/** Makes the draft of the files of `rows` what is live; of those that are not live, nothing. */
export async function discardChanges(rows: FileRow[]): Promise<void> {
  const [first] = rows;
  if (!first) return;
  const what = rows.length === 1 ? first.path : count(rows.length, "file");
  const said = rows.length === 1 && first.state === "deleted" ? "is there again" : "as live again";
  await applyVisibly(
    first.version.service_sid,
    changeToLive(rows),
    `${what} ${said}`,
    changeFromLive(rows),
    { failed: "The changes were not discarded" },
  );
}

/** Makes an earlier version the draft of its file, in place of `current`. */
export async function chooseVersion(version: FileVersion, current: FileVersion): Promise<void> {
  await applyVisibly(
    version.service_sid,
    { versions: [version.sid], removed: [] },
    `${shownPath(version.path)}: the earlier version is live from the next deployment on`,
    { versions: [current.sid], removed: [] },
    { failed: "The earlier version was not taken" },
  );
}

/** Changes the draft of a service. Throws what the API says. */
export async function changeDraft(serviceSid: string, change: DraftChange): Promise<void> {
  const { versions, removed } = change;
  if (versions.length + removed.length === 0) return;
  const path = `${servicePath(serviceSid)}/Draft`;
  const form = { Versions: versions, Removed: removed };
  const call = post<DraftRepresentation>(path, form, { keepalive: true });
  underWay = Promise.allSettled([underWay, call]);
  await call;
}

async function applyVisibly(
  serviceSid: string,
  change: DraftChange,
  done: string,
  back: DraftChange,
  { failed }: { failed: string },
): Promise<void> {
  become([...leaving, ...change.removed]);
  // A list on its way was read before this.
  await queryClient.cancelQueries({ queryKey: draftQuery(serviceSid).queryKey });
  try {
    await changeDraft(serviceSid, change);
    notifyDone(done, () => {
      void changeDraft(serviceSid, back)
        .catch((error) => notifyFailure("It could not be taken back", error))
        .finally(() => serviceChanged(serviceSid));
    });
    await serviceChanged(serviceSid);
  } catch (error) {
    notifyFailure(failed, error);
  } finally {
    become([...leaving].filter((sid) => !change.removed.includes(sid)));
  }
}

function become(next: string[]): void {
  leaving = new Set(next);
  announce();
}
