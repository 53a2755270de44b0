/**
 * Text that was typed and is not saved. It lives in this tab, whatever page is shown, so that one can
 * leave an editor and come back; only closing the tab or signing out loses it, and both ask first.
 */
import { useSyncExternalStore } from "react";
import type { FileVersion } from "../files/file-version.ts";
import { createListeners } from "../listeners.ts";
import { currentSession, onSession } from "../session/session.ts";

export type Unsaved = {
  /** The version that was typed into. */
  base: FileVersion;
  text: string;
};

let texts: ReadonlyMap<string, Unsaved> = new Map();
/** SIDs of the files; a new set only when one comes or goes, not with every key. */
let files: ReadonlySet<string> = new Set();
const { listen, announce } = createListeners();

/** The unsaved text of a file. */
export function useUnsaved(fileSid: string): Unsaved | undefined {
  return useSyncExternalStore(listen, () => texts.get(fileSid));
}

/** SIDs of all files, of whatever service, that have unsaved text. */
export function useUnsavedFiles(): ReadonlySet<string> {
  return useSyncExternalStore(listen, () => files);
}

export function unsavedText(fileSid: string): Unsaved | undefined {
  return texts.get(fileSid);
}

/** The unsaved texts of a service's files. */
export function unsavedIn(serviceSid: string): Unsaved[] {
  return [...texts.values()].filter(({ base }) => base.service_sid === serviceSid);
}

/** How many files have unsaved text. */
export function unsavedCount(): number {
  return files.size;
}

export function keepUnsaved(unsaved: Unsaved): void {
  become(new Map(texts).set(unsaved.base.file_sid, unsaved));
}

export function forgetUnsaved(fileSid: string): void {
  if (!texts.has(fileSid)) return;
  const others = new Map(texts);
  others.delete(fileSid);
  become(others);
}

addEventListener("beforeunload", (event) => {
  if (files.size > 0) event.preventDefault();
});

onSession(() => {
  if (currentSession().state === "signed-out") become(new Map());
});

function become(next: ReadonlyMap<string, Unsaved>): void {
  texts = next;
  const same = next.size === files.size && [...next.keys()].every((sid) => files.has(sid));
  if (!same) files = new Set(next.keys());
  announce();
}
