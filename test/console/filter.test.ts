import { describe, expect, it } from "vitest";
import type { FileRow } from "../../src/console/app/files/file-rows.ts";
import {
  EVERYTHING,
  type FileFilter,
  filteredRows,
  filterOf,
  isFlat,
  queryOf,
  sortedRows,
} from "../../src/console/app/files/filter.ts";

function row(path: string, state: FileRow["state"], facts: object = {}): FileRow {
  const version = {
    kind: "asset",
    sid: `ZN${path}`,
    visibility: "public",
    content_size: 1,
    content_type: "text/plain",
    date_created: "2026-11-01T12:00:00Z",
    ...facts,
  };
  return { path, state, version } as unknown as FileRow;
}

const rows = [
  row("/a.mp3", "live", { content_type: "audio/mpeg", content_size: 30 }),
  row("/b", "changed", { kind: "function", content_size: 20 }),
  row("/menu/2", "new", { visibility: "private", date_created: "2026-11-03T12:00:00Z" }),
  row("/menu/10", "deleted", { date_created: "2026-11-02T12:00:00Z" }),
];

describe("a filter", () => {
  it.each([
    [{ text: "MENU" }, ["/menu/2", "/menu/10"]],
    [{ state: "changed" }, ["/b"]],
    [{ state: "deleted" }, ["/menu/10"]],
    [{ state: "warned" }, ["/a.mp3"]],
    [{ kind: "function" }, ["/b"]],
    [{ visibility: "private" }, ["/menu/2"]],
    [{ text: "a", kind: "asset", state: "live" }, ["/a.mp3"]],
    [{ text: "a", visibility: "protected" }, []],
  ] as [Partial<FileFilter>, string[]][])("%o lets these through", (filter, expected) => {
    const found = filteredRows(rows, { ...EVERYTHING, ...filter }, new Set(["ZN/a.mp3"]));
    expect(found.map(({ path }) => path)).toEqual(expected);
  });

  it.each([
    ["", {}, ""],
    [
      "?q=menu&kind=asset&visibility=private&state=warned",
      { text: "menu", kind: "asset", visibility: "private", state: "warned" },
      "q=menu&kind=asset&visibility=private&state=warned",
    ],
    ["?sort=size&order=desc", { sort: "size", descending: true }, "sort=size&order=desc"],
    ["?kind=constructor&sort=__proto__&order=up&q=+", { text: " " }, ""],
  ] as [string, Partial<FileFilter>, string][])(
    "is said by the address %s",
    (search, expected, again) => {
      const filter = filterOf(search);
      expect(filter).toEqual({ ...EVERYTHING, ...expected });
      const said = Object.entries(queryOf(filter)).filter(([, value]) => value !== null);
      expect(String(new URLSearchParams(said as [string, string][]))).toBe(again);
    },
  );
});

describe("the list is sorted", () => {
  it.each([
    ["by name, as people count", { sort: "name" }, ["/a.mp3", "/b", "/menu/2", "/menu/10"]],
    ["by size", { sort: "size" }, ["/menu/2", "/menu/10", "/b", "/a.mp3"]],
    [
      "by size, largest first",
      { sort: "size", descending: true },
      ["/a.mp3", "/b", "/menu/2", "/menu/10"],
    ],
    ["by state, what changed first", { sort: "state" }, ["/b", "/menu/2", "/menu/10", "/a.mp3"]],
    [
      "by visibility, public first",
      { sort: "visibility" },
      ["/a.mp3", "/b", "/menu/10", "/menu/2"],
    ],
    ["by type", { sort: "type" }, ["/a.mp3", "/b", "/menu/2", "/menu/10"]],
    [
      "by time, newest first",
      { sort: "modified", descending: true },
      ["/menu/2", "/menu/10", "/a.mp3", "/b"],
    ],
  ] as [string, Partial<FileFilter>, string[]][])("%s", (_, filter, expected) => {
    const sorted = sortedRows(rows, { ...EVERYTHING, ...filter });
    expect(sorted.map(({ path }) => path)).toEqual(expected);
  });

  it("without folders, unless by name", () => {
    expect(isFlat(EVERYTHING)).toBe(false);
    expect(isFlat({ ...EVERYTHING, sort: "size" })).toBe(true);
    expect(isFlat({ ...EVERYTHING, descending: true })).toBe(true);
  });
});
