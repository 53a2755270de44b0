/** Versions that this tab uploaded: put into the list without fetching all of it. */
import { draftQuery } from "../api/queries.ts";
import { queryClient } from "../api/query-client.ts";
import type { FileVersion } from "../files/file-version.ts";

/** Lists of a thousand files are not drawn anew for each that arrives, but this often, milliseconds. */
const LIST_INTERVAL = 500;

const arrived = new Map<string, FileVersion[]>();
const uploadedHere = new Set<string>();
let listed = 0;

/** Whether the version was uploaded in this tab: it is no news to who looks at it. */
export function isUploadedHere(versionSid: string): boolean {
  return uploadedHere.has(versionSid);
}

/** Puts an uploaded version, one of many, into the list. */
export function listSoon(version: FileVersion): void {
  const { service_sid: serviceSid } = version;
  uploadedHere.add(version.sid);
  const waiting = arrived.get(serviceSid);
  if (waiting) return void waiting.push(version);
  arrived.set(serviceSid, [version]);
  const wait = Math.max(0, listed + LIST_INTERVAL - performance.now());
  setTimeout(() => listArrived(serviceSid), wait);
}

/** Returns the newest version of a file that is uploaded and not in the list yet. */
export function versionToList(fileSid: string): FileVersion | undefined {
  for (const versions of arrived.values()) {
    const newest = versions.findLast(({ file_sid }) => file_sid === fileSid);
    if (newest) return newest;
  }
  return undefined;
}

/** Puts an uploaded version into the list at once. */
export function listNow(version: FileVersion): void {
  uploadedHere.add(version.sid);
  addToList(version.service_sid, [version]);
}

function listArrived(serviceSid: string): void {
  const versions = arrived.get(serviceSid) ?? [];
  arrived.delete(serviceSid);
  listed = performance.now();
  addToList(serviceSid, versions.reverse());
}

function addToList(serviceSid: string, versions: FileVersion[]): void {
  const { queryKey } = draftQuery(serviceSid);
  // A list on its way was read before these versions were there.
  void queryClient.cancelQueries({ queryKey });
  const replaced = new Set(versions.map(({ file_sid }) => file_sid));
  queryClient.setQueryData(
    queryKey,
    (shown) => shown && [...versions, ...shown.filter(({ file_sid }) => !replaced.has(file_sid))],
  );
}
