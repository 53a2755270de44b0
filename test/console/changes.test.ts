import { describe, expect, it } from "vitest";
import {
  changesBetween,
  changesInWords,
  comingBack,
  dependencyChanges,
  deployedAlone,
  isExposing,
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
      [{ kind: "changed", path: "/a", file: "3", what: ["kind", "content"] }],
    ],
    [
      "an added path",
      before,
      [...before, version("3", "/c")],
      [{ kind: "added", path: "/c", file: "3", now: "public" }],
    ],
    ["a removed path", before, [version("1", "/a")], [{ kind: "removed", path: "/b", file: "2" }]],
    [
      "a moved file",
      before,
      [version("1", "/a"), version("2", "/z")],
      [{ kind: "moved", path: "/z", file: "2", from: "/b", what: [] }],
    ],
    [
      "content, visibility and type of one",
      before,
      [
        version("1", "/a", { content_sha256: "bb", visibility: "protected", content_type: "x/y" }),
        version("2", "/b"),
      ],
      [
        {
          kind: "changed",
          path: "/a",
          file: "1",
          what: ["content", "visibility", "type"],
          visibility: { from: "public", to: "protected" },
        },
      ],
    ],
    [
      "another asset at a path",
      before,
      [version("3", "/a", { content_sha256: "bb" }), version("2", "/b")],
      [{ kind: "changed", path: "/a", file: "3", what: ["content"] }],
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
        { kind: "added", path: "/a", file: "1", now: "public" },
        { kind: "added", path: "/b", file: "2", now: "public" },
      ],
    ],
  ])("%s", (_, old, now, expected) => expect(changesBetween(old, now)).toEqual(expected));
});

describe("a change lets more people fetch a file", () => {
  it.each([
    ["private", "public", true],
    ["private", "protected", true],
    ["protected", "public", true],
    ["public", "protected", false],
    ["protected", "private", false],
    ["private", "private", false],
  ] as const)("%s → %s: %s", (from, to, expected) => {
    const old = [version("1", "/a", { visibility: from })];
    // Whether it stays at its path or moves.
    for (const path of ["/a", "/b"]) {
      const now = [version("1", path, { visibility: to, content_sha256: "bb" })];
      expect(changesBetween(old, now).map(isExposing)).toEqual([expected]);
    }
  });
});

describe("what comes back after a roll-back", () => {
  const bad = [
    version("1", "/a", { content_sha256: "bad" }),
    version("2", "/b"),
    version("3", "/c"),
  ];
  const back = (draft: Published[]) =>
    comingBack(changesBetween(before, draft), draft, bad).map(({ kind, path }) => [kind, path]);
  it.each([
    [
      "all of what was taken back",
      bad,
      [
        ["changed", "/a"],
        ["added", "/c"],
      ],
    ],
    [
      "what is as it was then, and nothing that is new",
      [
        version("1", "/a", { content_sha256: "mended" }),
        version("2", "/b"),
        version("3", "/c"),
        version("4", "/d"),
      ],
      [["added", "/c"]],
    ],
    ["nothing, where the draft is what is live", before, []],
  ])("%s", (_, draft, expected) => expect(back(draft)).toEqual(expected));

  it("a deletion too", () => {
    const draft = [version("1", "/a")];
    const changes = changesBetween(before, draft);
    expect(comingBack(changes, draft, draft)).toEqual([{ kind: "removed", path: "/b", file: "2" }]);
    expect(comingBack(changes, draft, bad)).toEqual([]);
  });
});

describe("a build of some files alone", () => {
  const changed = version("1", "/a", { content_sha256: "bb" });
  const added = version("3", "/c");
  it.each([
    ["what is live, and the changed one", ["1"], [version("2", "/b"), changed]],
    ["what is live, and the new one", ["3"], [...before, added]],
    ["what is live without what is deleted", ["2"], [version("1", "/a")]],
    ["what is live, where none is chosen", [], before],
  ])("is %s", (_, files, expected) =>
    expect(deployedAlone(before, [changed, added], new Set(files))).toEqual(expected),
  );

  it("gives a path to the one that takes it", () => {
    const taking = version("9", "/b", { content_sha256: "cc" });
    const draft = [version("1", "/a"), version("2", "/elsewhere"), taking];
    expect(deployedAlone(before, draft, new Set(["9"]))).toEqual([version("1", "/a"), taking]);
  });
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
      { kind: "removed", path: "/x", file: "1" },
      { kind: "added", path: "/a", file: "2", now: "public" },
      { kind: "added", path: "/b", file: "3", now: "private" },
    ]),
  ).toBe("2 added, 1 removed");
  expect(changesInWords([{ kind: "dependency", name: "lodash", before: null, after: "^4" }])).toBe(
    "1 dependency",
  );
});
