/**
 * The queue of uploads: a few at once, each tried again when the connection fails. It outlives the
 * pages, which are told of every change, so one can look around while it works.
 */
import type { Visibility } from "../../../api/representations.ts";
import { firstPage, pause, post, remove } from "../api/client.ts";
import { ConnectionLost, isGone, isPassing } from "../api/failures.ts";
import { filesPath } from "../api/queries.ts";
import { serviceChanged } from "../api/query-client.ts";
import { uploadVersion } from "../api/upload-version.ts";
import type { FileKind, FileVersion } from "../files/file-version.ts";
import { shownPath } from "../files/paths.ts";
import { createListeners } from "../listeners.ts";
import { currentSession, onSession } from "../session/session.ts";
import { listSoon } from "./arrivals.ts";

/** A browser opens six connections to a host: the page's own calls need some of them. */
const AT_ONCE = 4;
/** How often an upload is tried before the person is asked. */
const ATTEMPTS = 4;

/** One version to upload. */
export type Upload = {
  kind: FileKind;
  serviceSid: string;
  path: string;
  visibility: Visibility;
  /** The file to add a version to; null makes a new one. */
  fileSid: string | null;
  /** Bytes, or what fetches them: a change of path or visibility uploads what is there already. */
  content: Blob | ((signal: AbortSignal) => Promise<Blob>);
  /** Shown before the bytes are there. */
  size: number;
  /** An edit leaves the list of uploads when it is done. */
  mode: "upload" | "edit";
  onDone?: (version: FileVersion) => void;
};

export type UploadState = "waiting" | "sending" | "retrying" | "done" | "failed" | "cancelled";

export type QueuedUpload = Upload & {
  id: number;
  state: UploadState;
  /** Bytes of the content. */
  sent: number;
  error: unknown;
};

let uploads: QueuedUpload[] = [];
let lastId = 0;
const abortions = new Map<number, AbortController>();
const { listen, announce } = createListeners();
let announcing = false;
let hidden = false;

const NONE: QueuedUpload[] = [];
let failuresOf: QueuedUpload[] | null = null;
let failures = new Map<string, QueuedUpload[]>();

/** The queue as it is; a new array after each change. */
export function queuedUploads(): QueuedUpload[] {
  return uploads;
}

/** Calls `listener` after each change, a few times a second at most; returns what ends that. */
export function onUploads(listener: () => void): () => void {
  return listen(listener);
}

/** The uploads of a service that failed: they are missing from what can be deployed. */
export function failedUploads(serviceSid: string): QueuedUpload[] {
  if (failuresOf !== uploads) {
    failuresOf = uploads;
    failures = Map.groupBy(
      uploads.filter(({ state }) => state === "failed"),
      (upload) => upload.serviceSid,
    );
  }
  return failures.get(serviceSid) ?? NONE;
}

/** Whether the person closed the list of uploads: what failed is still known. */
export function uploadsAreHidden(): boolean {
  return hidden;
}

/** How many uploads are still to be done. */
export function activeUploads(): number {
  return uploads.filter(isActive).length;
}

/** Whether files of the service are still being uploaded. */
export function isUploading(serviceSid: string): boolean {
  return uploads.some((upload) => upload.serviceSid === serviceSid && isActive(upload));
}

/** Returns the last upload of a file that is still to be done. */
export function pendingUpload(fileSid: string): QueuedUpload | undefined {
  return uploads.findLast((upload) => upload.fileSid === fileSid && isActive(upload));
}

export function isActive({ state }: QueuedUpload): boolean {
  return state === "waiting" || state === "sending" || state === "retrying";
}

export function enqueue(added: Upload[]): void {
  const queued = added.map((upload) => {
    lastId += 1;
    return { ...upload, id: lastId, state: "waiting" as const, sent: 0, error: null };
  });
  // The last batch's results make room for this one.
  const kept = activeUploads() > 0 ? uploads : uploads.filter(({ state }) => state === "failed");
  uploads = [...kept, ...queued];
  hidden = false;
  announceSoon();
  advance();
}

export function cancelUpload(id: number): void {
  const upload = find(id);
  if (!upload) return;
  change(id, { state: "cancelled" });
  abortions.get(id)?.abort();
  advance();
}

export function cancelUploads(): void {
  for (const upload of uploads) if (isActive(upload)) cancelUpload(upload.id);
}

export function retryUpload(id: number): void {
  hidden = false;
  change(id, { state: "waiting", sent: 0, error: null });
  advance();
}

export function retryFailedUploads(): void {
  for (const { id, state } of uploads) if (state === "failed") retryUpload(id);
}

/** Forgets what is done or cancelled, and shows no list; what failed can still be tried again. */
export function closeUploads(): void {
  uploads = uploads.filter((upload) => isActive(upload) || upload.state === "failed");
  hidden = true;
  announceSoon();
}

/** Gives up what failed of a service, or of all. */
export function forgetFailedUploads(serviceSid?: string): void {
  const isMeant = (upload: QueuedUpload) =>
    upload.state === "failed" && (serviceSid === undefined || upload.serviceSid === serviceSid);
  for (const upload of uploads) if (isMeant(upload)) void abandonFile(upload);
  uploads = uploads.filter((upload) => !isMeant(upload));
  announceSoon();
}

addEventListener("beforeunload", (event) => {
  if (uploads.some((upload) => isActive(upload) || upload.state === "failed")) {
    event.preventDefault();
  }
});

addEventListener("online", () => {
  for (const { id, state, error } of uploads) {
    if (state === "failed" && error instanceof ConnectionLost) retryUpload(id);
  }
});

onSession(() => {
  if (currentSession().state !== "signed-out") return;
  cancelUploads();
  forgetFailedUploads();
  closeUploads();
});

function advance(): void {
  let free = AT_ONCE - abortions.size;
  const busy = new Set(uploads.filter(({ id }) => abortions.has(id)).flatMap(targetsOf));
  for (const upload of uploads) {
    if (free <= 0) return;
    if (upload.state !== "waiting" || abortions.has(upload.id)) continue;
    // Of two versions of one file the later is meant to stay: it waits for the earlier.
    if (targetsOf(upload).some((target) => busy.has(target))) continue;
    for (const target of targetsOf(upload)) busy.add(target);
    free -= 1;
    void run(upload);
  }
}

/** What an upload writes to: a path, and the file there where it is known. */
function targetsOf({ serviceSid, path, fileSid }: QueuedUpload): string[] {
  const target = `${serviceSid} ${path}`;
  return fileSid === null ? [target] : [target, fileSid];
}

async function run(upload: QueuedUpload): Promise<void> {
  const { id, serviceSid } = upload;
  const abortion = new AbortController();
  abortions.set(id, abortion);
  try {
    const version = await attempt(upload, abortion.signal);
    change(id, { state: "done", sent: version.content_size, size: version.content_size });
    // What failed before at this path is there now.
    uploads = uploads.filter(
      (other) =>
        other.state !== "failed" || other.serviceSid !== serviceSid || other.path !== upload.path,
    );
    madeFiles.delete(id);
    listSoon(version);
    upload.onDone?.(version);
    if (upload.mode === "edit") uploads = uploads.filter((other) => other.id !== id);
  } catch (error) {
    const now = find(id);
    if (now?.state === "cancelled") await abandonFile(now);
    else change(id, { state: "failed", error });
  } finally {
    abortions.delete(id);
    announceSoon();
    advance();
    if (!uploads.some((other) => other.serviceSid === serviceSid && isActive(other))) {
      void serviceChanged(serviceSid);
    }
  }
}

async function attempt(upload: QueuedUpload, signal: AbortSignal): Promise<FileVersion> {
  const { id, kind, serviceSid, path, visibility } = upload;
  for (let number = 1; ; number++) {
    try {
      change(id, { state: "sending", sent: 0 });
      const content =
        upload.content instanceof Blob ? upload.content : await upload.content(signal);
      const fileSid = find(id)?.fileSid ?? fileBefore(upload) ?? (await makeFile(upload));
      signal.throwIfAborted();
      const onProgress = (sent: number) => change(id, { sent });
      const version = { kind, serviceSid, fileSid, path, visibility, content };
      return await uploadVersion(version, onProgress, signal);
    } catch (error) {
      // Its file was deleted meanwhile, here or by another: the file is wanted all the same.
      if (isGone(error) && upload.mode === "upload" && find(id)?.fileSid && number < ATTEMPTS) {
        change(id, { fileSid: null });
        continue;
      }
      if (signal.aborted || !isPassing(error) || number >= ATTEMPTS) throw error;
      change(id, { state: "retrying", sent: 0, error });
      await connectionOrPause(1000 * 2 ** (number - 1), signal);
    }
  }
}

/** Returns the file that an earlier upload of this queue made at the same path, or null. */
function fileBefore({ id, kind, serviceSid, path }: QueuedUpload): string | null {
  const same = uploads.findLast(
    (other) =>
      other.id < id &&
      other.state === "done" &&
      other.path === path &&
      other.serviceSid === serviceSid &&
      other.kind === kind,
  );
  return same?.fileSid ?? null;
}

/** Files made for an upload that has not succeeded yet: nobody else knows them. */
const madeFiles = new Map<number, string>();

async function makeFile({ id, kind, serviceSid, path }: QueuedUpload): Promise<string> {
  const name = shownPath(path).slice(0, 255);
  const { sid } = await post<{ sid: string }>(filesPath(serviceSid, kind), { FriendlyName: name });
  madeFiles.set(id, sid);
  change(id, { fileSid: sid });
  return sid;
}

/**
 * Leaves no file without a version behind. Of an upload that failed the version may be there all the
 * same, when only the answer was lost.
 */
async function abandonFile({ id, kind, serviceSid, state }: QueuedUpload): Promise<void> {
  const made = madeFiles.get(id);
  if (!made) return;
  madeFiles.delete(id);
  const file = `${filesPath(serviceSid, kind)}/${made}`;
  try {
    const versions =
      state === "failed" ? await firstPage(`${file}/Versions`, `${kind}_versions`, 1) : [];
    if (versions.length === 0) await remove(file);
  } catch {
    // It stays, in other tools' lists alone.
  }
}

/** Resolves after `milliseconds`, or, while the browser is offline, when it is no longer. */
async function connectionOrPause(milliseconds: number, signal: AbortSignal): Promise<void> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  const online = navigator.onLine
    ? pause(milliseconds)
    : new Promise<void>((resolve) => {
        addEventListener("online", () => resolve(), { once: true });
      });
  await Promise.race([online, aborted]);
}

function find(id: number): QueuedUpload | undefined {
  return uploads.find((upload) => upload.id === id);
}

function change(id: number, changes: Partial<QueuedUpload>): void {
  uploads = uploads.map((upload) => (upload.id === id ? { ...upload, ...changes } : upload));
  announceSoon();
}

/** Progress comes often: the page is told so many times a second as one can read. */
const ANNOUNCEMENT_INTERVAL = 120;

function announceSoon(): void {
  if (announcing) return;
  announcing = true;
  setTimeout(() => {
    announcing = false;
    announce();
  }, ANNOUNCEMENT_INTERVAL);
}
