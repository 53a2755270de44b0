/**
 * The reads of packages that failed, by the id of the dynamic Worker that was to be made of them. The
 * loader keeps to an id's first answer, a failure too: so that a read that failed once does not fail
 * every later request, the number of failures is a part of the id that the loader is given. Only plain
 * data is kept: it outlives a request.
 */

/** Why a package could not be read: the store did not answer, or has none that is whole. */
export type UnreadReason = "bytes-unavailable" | "bytes-missing";

export type FailedReads = {
  count: number;
  /** Of the last one. */
  reason: UnreadReason;
  detail: string;
};

/** Ids kept: more than fail at once in any outage, and little memory. */
const MAX_IDS = 1_000;

const failed = new Map<string, FailedReads>();

/** Returns the failures of the Worker `id` in this isolate; undefined where there were none. */
export function failedReads(id: string): FailedReads | undefined {
  return failed.get(id);
}

/** Counts a failure of the Worker `id`. */
export function noteFailedRead(id: string, reason: UnreadReason, detail: string): void {
  const count = (failed.get(id)?.count ?? 0) + 1;
  if (failed.size >= MAX_IDS) failed.clear();
  failed.set(id, { count, reason, detail });
}
