import type { FileRow } from "./file-rows.ts";

/** Versions that become the drafts of their files, and files (SIDs) that leave the draft. */
export type DraftChange = { versions: string[]; removed: string[] };

type Row = Pick<FileRow, "state" | "version" | "live">;

/** Returns the change that makes the draft of `rows` what is live. */
export function changeToLive(rows: Row[]): DraftChange {
  return {
    versions: rows.flatMap(({ state, live }) => (state !== "live" && live ? [live.sid] : [])),
    removed: rows.flatMap(({ state, version, live }) =>
      state === "new" || takesAnothersPlace({ state, version, live }) ? [version.file_sid] : [],
    ),
  };
}

/** Returns the change that takes that back. */
export function changeFromLive(rows: Row[]): DraftChange {
  return {
    versions: rows.flatMap(({ state, version }) =>
      state === "changed" || state === "new" ? [version.sid] : [],
    ),
    removed: rows.flatMap((row) => {
      if (row.state === "deleted") return [row.version.file_sid];
      return takesAnothersPlace(row) && row.live ? [row.live.file_sid] : [];
    }),
  };
}

/** Whether another file is live at its path: the two cannot be in one draft. */
function takesAnothersPlace({ state, version, live }: Row): boolean {
  return state === "changed" && live !== null && live.file_sid !== version.file_sid;
}
