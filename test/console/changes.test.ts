import { describe, expect, it } from "vitest";
import {
  changesBetween,
  changesInWords,
  dependencyChanges,
  type Published,
} from "../../src/console/app/deploy/changes.ts";

function version(file: string, path: string, differing: Partial<Published> = {}): Published {
  return {
    kind: "asset",
    file_sid: file,
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
    ["nothing but SIDs", before, [version("8", "/a"), version("9", "/b")], []],
    [
      "a function in place of an asset",
      before,
      [version("3", "/a", { kind: "function", content_sha256: "bb" }), version("2", "/b")],
      [{ kind: "changed", path: "/a", what: ["kind", "content"] }],
    ],
    ["an added path", before, [...before, version("3", "/c")], [{ kind: "added", path: "/c" }]],
    ["a removed path", before, [version("1", "/a")], [{ kind: "removed", path: "/b" }]],
    [
      "a moved file",
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

describe("what changes of dependencies", () => {
  it.each([
    ["nothing", [{ name: "a", version: "1" }], [{ name: "a", version: "1" }], []],
    [
      "one more",
      [],
      [{ name: "a", version: "1" }],
      [{ kind: "dependency", name: "a", before: null, after: "1" }],
    ],
    [
      "one less, and another version of one",
      [
        { name: "z", version: "1" },
        { name: "a", version: "1" },
      ],
      [{ name: "z", version: "2" }],
      [
        { kind: "dependency", name: "a", before: "1", after: null },
        { kind: "dependency", name: "z", before: "1", after: "2" },
      ],
    ],
  ])("%s", (_, old, now, expected) => expect(dependencyChanges(old, now)).toEqual(expected));
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
  expect(changesInWords([{ kind: "dependency", name: "lodash", before: null, after: "^4" }])).toBe(
    "1 dependency",
  );
});
