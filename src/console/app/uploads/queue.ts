/**
 * The queue of uploads: a few at once, each tried again when the connection fails, each told of to the
 * page. It outlives the pages, so one can look around while it works.
 */
import type {
  AssetRepresentation,
  AssetVersionRepresentation,
  Visibility,
} from "../../../api/representations.ts";
import { pause, post, remove } from "../api/client.ts";
import { ConnectionLost, isGone, isPassing } from "../api/failures.ts";
import { draftQuery, servicePath } from "../api/queries.ts";
import { queryClient, serviceChanged } from "../api/query-client.ts";
import { uploadVersion } from "../api/upload-version.ts";
import { shownPath } from "../assets/paths.ts";
import { currentSession, onSession } from "../session/session.ts";

/** A browser opens six connections to a host: the page's own calls need some of them. */
const AT_ONCE = 4;
/** How often an upload is tried before the person is asked. */
const ATTEMPTS = 4;

/** One version to upload. */
export type Upload = {
  serviceSid: string;
  path: string;
  visibility: Visibility;
  /** The asset to add a version to; null makes a new one. */
  assetSid: string | null;
  /** Bytes, or what fetches them: a change of path or visibility uploads what is there already. */
  content: Blob | ((signal: AbortSignal) => Promise<Blob>);
  /** Shown before the bytes are there. */
  size: number;
  kind: "upload" | "edit";
  onDone?: (version: AssetVersionRepresentation) => void;
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
const listeners = new Set<() => void>();
let announcing = false;

/** The queue as it is; a new array after each change. */
export function queuedUploads(): QueuedUpload[] {
  return uploads;
}

export function onUploads(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** How many uploads are still to be done. */
export function activeUploads(): number {
  return uploads.filter(isActive).length;
}

/** Whether files of the service are still being uploaded. */
export function isUploading(serviceSid: string): boolean {
  return uploads.some((upload) => upload.serviceSid === serviceSid && isActive(upload));
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
  announce();
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
  change(id, { state: "waiting", sent: 0, error: null });
  advance();
}

export function retryFailedUploads(): void {
  for (const { id, state } of uploads) if (state === "failed") retryUpload(id);
}

/** Forgets what is done, failed or cancelled. */
export function clearUploads(): void {
  uploads = uploads.filter(isActive);
  announce();
}

addEventListener("beforeunload", (event) => {
  if (activeUploads() > 0) event.preventDefault();
});

addEventListener("online", () => {
  for (const { id, state, error } of uploads) {
    if (state === "failed" && error instanceof ConnectionLost) retryUpload(id);
  }
});

onSession(() => {
  if (currentSession().state !== "signed-out") return;
  cancelUploads();
  clearUploads();
});

function advance(): void {
  let free = AT_ONCE - abortions.size;
  for (const upload of uploads) {
    if (free <= 0) return;
    if (upload.state !== "waiting" || abortions.has(upload.id)) continue;
    free -= 1;
    void run(upload);
  }
}

async function run(upload: QueuedUpload): Promise<void> {
  const { id, serviceSid } = upload;
  const abortion = new AbortController();
  abortions.set(id, abortion);
  try {
    const version = await attempt(upload, abortion.signal);
    change(id, { state: "done", sent: version.content_size, size: version.content_size });
    showVersion(version);
    upload.onDone?.(version);
    if (upload.kind === "edit") uploads = uploads.filter((other) => other.id !== id);
  } catch (error) {
    if (find(id)?.state !== "cancelled") change(id, { state: "failed", error });
    await abandonAsset(id);
  } finally {
    abortions.delete(id);
    announce();
    advance();
    if (!uploads.some((other) => other.serviceSid === serviceSid && isActive(other))) {
      void serviceChanged(serviceSid);
    }
  }
}

async function attempt(
  upload: QueuedUpload,
  signal: AbortSignal,
): Promise<AssetVersionRepresentation> {
  const { id, serviceSid, path, visibility } = upload;
  for (let number = 1; ; number++) {
    try {
      change(id, { state: "sending", sent: 0 });
      const content =
        upload.content instanceof Blob ? upload.content : await upload.content(signal);
      const assetSid = find(id)?.assetSid ?? (await makeAsset(id, serviceSid, path));
      signal.throwIfAborted();
      const onProgress = (sent: number) => change(id, { sent });
      const version = { serviceSid, assetSid, path, visibility, content };
      return await uploadVersion(version, onProgress, signal);
    } catch (error) {
      // Its asset was deleted meanwhile, here or by another: the file is wanted all the same.
      if (isGone(error) && upload.kind === "upload" && find(id)?.assetSid && number < ATTEMPTS) {
        change(id, { assetSid: null });
        continue;
      }
      if (signal.aborted || !isPassing(error) || number >= ATTEMPTS) throw error;
      change(id, { state: "retrying", sent: 0, error });
      await connectionOrPause(1000 * 2 ** (number - 1), signal);
    }
  }
}

/** Assets made for an upload that has not succeeded yet: nobody else knows them. */
const madeAssets = new Map<number, string>();

async function makeAsset(id: number, serviceSid: string, path: string): Promise<string> {
  const name = shownPath(path).slice(0, 255);
  const asset = await post<AssetRepresentation>(`${servicePath(serviceSid)}/Assets`, {
    FriendlyName: name,
  });
  madeAssets.set(id, asset.sid);
  change(id, { assetSid: asset.sid });
  return asset.sid;
}

/** An upload that was cancelled leaves no asset without a version behind. */
async function abandonAsset(id: number): Promise<void> {
  const upload = find(id);
  const made = madeAssets.get(id);
  if (!made || !upload || upload.state !== "cancelled") return;
  madeAssets.delete(id);
  await remove(`${servicePath(upload.serviceSid)}/Assets/${made}`).catch(() => {});
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

/** Lists of a thousand files are not drawn anew for each that arrives, but this often, milliseconds. */
const LIST_INTERVAL = 500;

const arrived = new Map<string, AssetVersionRepresentation[]>();
const uploadedHere = new Set<string>();
let listed = 0;

/** Whether the version was uploaded in this tab: it is no news to who looks at it. */
export function isUploadedHere(versionSid: string): boolean {
  return uploadedHere.has(versionSid);
}

/** Puts an uploaded version into the list without fetching all of it. */
function showVersion(version: AssetVersionRepresentation): void {
  const { service_sid: serviceSid } = version;
  uploadedHere.add(version.sid);
  const waiting = arrived.get(serviceSid);
  if (waiting) return void waiting.push(version);
  arrived.set(serviceSid, [version]);
  const wait = Math.max(0, listed + LIST_INTERVAL - performance.now());
  setTimeout(() => listArrived(serviceSid), wait);
}

function listArrived(serviceSid: string): void {
  const versions = arrived.get(serviceSid) ?? [];
  arrived.delete(serviceSid);
  listed = performance.now();
  const { queryKey } = draftQuery(serviceSid);
  // A list on its way was read before these versions were there.
  void queryClient.cancelQueries({ queryKey });
  const replaced = new Set(versions.map(({ asset_sid }) => asset_sid));
  queryClient.setQueryData(
    queryKey,
    (shown) =>
      shown && [
        ...versions.reverse(),
        ...shown.filter(({ asset_sid }) => !replaced.has(asset_sid)),
      ],
  );
}

function find(id: number): QueuedUpload | undefined {
  return uploads.find((upload) => upload.id === id);
}

function change(id: number, changes: Partial<QueuedUpload>): void {
  uploads = uploads.map((upload) => (upload.id === id ? { ...upload, ...changes } : upload));
  announce();
}

/** Progress comes often: the page is told so many times a second as one can read. */
const ANNOUNCEMENT_INTERVAL = 120;

function announce(): void {
  if (announcing) return;
  announcing = true;
  setTimeout(() => {
    announcing = false;
    for (const listener of listeners) listener();
  }, ANNOUNCEMENT_INTERVAL);
}
