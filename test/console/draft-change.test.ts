import { describe, expect, it } from "vitest";
import { changeFromLive, changeToLive } from "../../src/console/app/files/draft-change.ts";
import type { FileRow } from "../../src/console/app/files/file-rows.ts";
import type { FileVersion } from "../../src/console/app/files/file-version.ts";

const version = (file_sid: string, sid: string) => ({ file_sid, sid }) as FileVersion;

function row(state: FileRow["state"], drafted: FileVersion, live: FileVersion | null) {
  return { state, version: drafted, live };
}

describe("discarding changes, and taking that back", () => {
  it.each([
    [
      "nothing of what is live",
      row("live", version("1", "ZN1"), version("1", "ZN1")),
      [],
      [],
      [],
      [],
    ],
    [
      "a changed file",
      row("changed", version("1", "ZN2"), version("1", "ZN1")),
      ["ZN1"],
      [],
      ["ZN2"],
      [],
    ],
    ["a new file", row("new", version("1", "ZN1"), null), [], ["1"], ["ZN1"], []],
    [
      "a deleted file",
      row("deleted", version("1", "ZN1"), version("1", "ZN1")),
      ["ZN1"],
      [],
      [],
      ["1"],
    ],
    [
      "a file in another's place",
      row("changed", version("2", "ZN2"), version("1", "ZN1")),
      ["ZN1"],
      ["2"],
      ["ZN2"],
      ["1"],
    ],
  ] as const)("%s", (_, one, versions, removed, backVersions, backRemoved) => {
    expect(changeToLive([one])).toEqual({ versions, removed });
    const expected = { versions: backVersions, removed: backRemoved };
    if (one.state !== "live") expect(changeFromLive([one])).toEqual(expected);
  });
});
