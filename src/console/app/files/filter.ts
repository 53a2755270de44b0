/** What of the files is listed, in which order, and how an address says so. */
import type { Visibility } from "../../../api/representations.ts";
import type { FileRow, FileState } from "./file-rows.ts";
import type { FileKind } from "./file-version.ts";
import { comparePaths } from "./paths.ts";

export type SortKey = "name" | "state" | "visibility" | "size" | "type" | "modified";

export type FileFilter = {
  text: string;
  kind: FileKind | "all";
  visibility: Visibility | "all";
  state: FileState | "all" | "warned";
  sort: SortKey;
  descending: boolean;
};

export const EVERYTHING: FileFilter = {
  text: "",
  kind: "all",
  visibility: "all",
  state: "all",
  sort: "name",
  descending: false,
};

const CHOICES = {
  kind: ["all", "function", "asset"],
  visibility: ["all", "public", "protected", "private"],
  state: ["all", "live", "changed", "new", "deleted", "warned"],
  sort: ["name", "state", "visibility", "size", "type", "modified"],
} as const;

/** Returns the filter that an address's query says; what it does not say, or says wrong, is everything. */
export function filterOf(search: string): FileFilter {
  const query = new URLSearchParams(search);
  const chosen = <Name extends keyof typeof CHOICES>(name: Name): FileFilter[Name] => {
    const value = query.get(name);
    const choices: readonly (string | null)[] = CHOICES[name];
    return choices.includes(value) ? (value as FileFilter[Name]) : EVERYTHING[name];
  };
  return {
    text: query.get("q") ?? "",
    kind: chosen("kind"),
    visibility: chosen("visibility"),
    state: chosen("state"),
    sort: chosen("sort"),
    descending: query.get("order") === "desc",
  };
}

/** Returns the parameters of an address that say `filter`; null for what is as usual. */
export function queryOf(filter: FileFilter): Record<string, string | null> {
  const unusual = (name: keyof typeof CHOICES) =>
    filter[name] === EVERYTHING[name] ? null : filter[name];
  return {
    q: filter.text.trim() === "" ? null : filter.text,
    kind: unusual("kind"),
    visibility: unusual("visibility"),
    state: unusual("state"),
    sort: unusual("sort"),
    order: filter.descending ? "desc" : null,
  };
}

/** Keeps the rows that `filter` lets through; text is looked for in the whole path. */
export function filteredRows(
  rows: FileRow[],
  filter: FileFilter,
  warned: { has(versionSid: string): boolean },
): FileRow[] {
  const text = filter.text.trim().toLowerCase();
  return rows.filter(
    ({ version, state, path }) =>
      (filter.kind === "all" || version.kind === filter.kind) &&
      (filter.visibility === "all" || version.visibility === filter.visibility) &&
      (filter.state === "all" ||
        (filter.state === "warned" ? warned.has(version.sid) : state === filter.state)) &&
      (text === "" || path.toLowerCase().includes(text)),
  );
}

const STATES: FileState[] = ["changed", "new", "deleted", "live"];
const REACH: Visibility[] = ["public", "protected", "private"];

/** Returns `rows`, which come in the order of their paths, in another; equals stay in that of paths. */
export function sortedRows(rows: FileRow[], { sort, descending }: FileFilter): FileRow[] {
  const compare: Record<SortKey, (left: FileRow, right: FileRow) => number> = {
    name: (left, right) => comparePaths(left.path, right.path),
    state: (left, right) => STATES.indexOf(left.state) - STATES.indexOf(right.state),
    visibility: (left, right) =>
      REACH.indexOf(left.version.visibility) - REACH.indexOf(right.version.visibility),
    size: (left, right) => left.version.content_size - right.version.content_size,
    type: (left, right) => comparePaths(left.version.content_type, right.version.content_type),
    modified: (left, right) =>
      Date.parse(left.version.date_created) - Date.parse(right.version.date_created),
  };
  const sign = descending ? -1 : 1;
  return [...rows].sort((left, right) => sign * compare[sort](left, right));
}

/** Whether the list is in another order than that of folders. */
export function isFlat({ sort, descending }: FileFilter): boolean {
  return sort !== "name" || descending;
}
