import { describe, expect, it } from "vitest";
import {
  changesBetween,
  changesInWords,
  type Published,
} from "../../src/console/app/deploy/changes.ts";

function version(asset: string, path: string, differing: Partial<Published> = {}): Published {
  return {
    sid: `ZN-${asset}-${path}`,
    asset_sid: asset,
    path,
    visibility: "public",
    content_sha256: "aa",
    content_type: "audio/mpeg",
    ...differing,
  };
}

const before = [version("1", "/a"), version("2", "/b")];

describe("what changes between two builds", () => {
  it.each([
    ["nothing", before, before, []],
    ["nothing but SIDs", before, [version("1", "/a", { sid: "ZN9" }), version("2", "/b")], []],
    ["an added path", before, [...before, version("3", "/c")], [{ kind: "added", path: "/c" }]],
    ["a removed path", before, [version("1", "/a")], [{ kind: "removed", path: "/b" }]],
    [
      "a moved asset",
      before,
      [version("1", "/a"), version("2", "/z")],
      [{ kind: "moved", path: "/z", from: "/b" }],
    ],
    [
      "content, visibility and type of one",
      before,
      [
        version("1", "/a", { content_sha256: "bb", visibility: "protected", content_type: "x/y" }),
        version("2", "/b"),
      ],
      [{ kind: "changed", path: "/a", what: ["content", "visibility", "type"] }],
    ],
    [
      "another asset at a path",
      before,
      [version("3", "/a", { content_sha256: "bb" }), version("2", "/b")],
      [{ kind: "changed", path: "/a", what: ["content"] }],
    ],
    [
      "two spellings of a path are one",
      [version("1", "/my file")],
      [version("1", "/my%20file")],
      [],
    ],
    [
      "everything, where nothing was",
      [],
      before,
      [
        { kind: "added", path: "/a" },
        { kind: "added", path: "/b" },
      ],
    ],
  ])("%s", (_, old, now, expected) => expect(changesBetween(old, now)).toEqual(expected));
});

it("is said in words", () => {
  expect(changesInWords([])).toBe("no difference");
  expect(
    changesInWords([
      { kind: "removed", path: "/x" },
      { kind: "added", path: "/a" },
      { kind: "added", path: "/b" },
    ]),
  ).toBe("2 added, 1 removed");
});
