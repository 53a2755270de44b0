import { describe, expect, it } from "vitest";
import type { Visibility } from "../../src/api/representations.ts";
import type { FileKind } from "../../src/console/app/files/file-version.ts";
import {
  asKind,
  destinationOf,
  type Existing,
  findingsOf,
  isLiveAgain,
  isSame,
  isSource,
  type PlannedFile,
  planBelow,
  planOf,
  tooMany,
  withVisibility,
} from "../../src/console/app/uploads/plan.ts";

const limits = {
  services_per_account: 10,
  environments_per_service: 25,
  assets_per_build: 3,
  private_assets_per_build: 1,
  function_versions_per_build: 50,
  asset_bytes: 26_214_400,
  private_asset_bytes: 10_485_760,
  function_bytes: 10_485_760,
  builds_per_hour: 100,
  variable_key_characters: 128,
  variable_value_bytes: 450,
};

function there(kind: FileKind, facts: Partial<Existing> = {}): Existing {
  const made = { visibility: "public", sha256: "aa", size: 1, drafted: true, live: null } as const;
  return { kind, ...made, ...facts };
}

/** A file that is live and was deleted. */
function deleted(visibility: Visibility, sha256: string): Existing {
  const live = { kind: "asset" as const, visibility, sha256, size: 1 };
  return { ...live, drafted: false, live };
}

function findings(
  files: Partial<PlannedFile>[],
  existing: [path: string, file: Existing][] = [],
): string[][] {
  const plan = files.map((file, id) => ({
    id,
    name: file.path ?? "file",
    size: 1,
    kind: "asset" as const,
    path: "/file",
    visibility: "public" as const,
    marked: null,
    chosen: false,
    edited: false,
    ...file,
  }));
  const found = findingsOf(plan, { limits, existing: new Map(existing) });
  return plan.map(({ id }) => (found.get(id) ?? []).map(({ level, text }) => `${level}: ${text}`));
}

describe("what is said about files before they are uploaded", () => {
  it.each([
    ["nothing of a fine one", { path: "/a.mp3" }, []],
    [
      "a file that is too large",
      { size: 26_214_401 },
      ["error: 26 MB is too large: a file has at most 25 MiB"],
    ],
    ["one that is just not", { size: 26_214_400 }, []],
    [
      "a private one that is too large",
      { size: 10_485_761, visibility: "private" },
      ["error: 10 MB is too large: a private file has at most 10 MiB"],
    ],
    ["an empty one", { size: 0 }, ["note: This file is empty"]],
    ["an odd name", { path: "/a\\b" }, ["error: A path cannot hold a backslash"]],
    [
      "a source that is too large, whatever its visibility",
      { kind: "function", size: 10_485_761, visibility: "private" },
      ["error: 10 MB is too large: a function has at most 10 MiB"],
    ],
    [
      "a function's path that would be another file's name",
      { kind: "function", path: "/a:b" },
      ["error: A function’s path cannot hold % ? # or :"],
    ],
    [
      "a function that is there",
      { kind: "function", path: "/voice" },
      ["note: Replaces the file at this path"],
    ],
    [
      "a function where an asset is",
      { kind: "function", path: "/my file.mp3" },
      ["error: This path is that of an asset"],
    ],
    [
      "an asset where a function is",
      { path: "/voice" },
      ["error: This path is that of a function"],
    ],
    ["one that is there", { path: "/my file.mp3" }, ["note: Replaces the file at this path"]],
    [
      "one that more people may then fetch",
      { path: "/secret.mp3", visibility: "protected" },
      ["note: Replaces the file at this path", "wider: More visible than now: private → protected"],
    ],
    [
      "one that more people may fetch than may fetch what is live",
      { path: "/was.mp3" },
      [
        "note: Replaces the file at this path",
        "wider: More visible than it is live: private → public",
      ],
    ],
    [
      "one that was deleted and is live",
      { path: "/gone.mp3" },
      [
        "note: Was deleted, and is live until the next deployment",
        "wider: More visible than it is live: protected → public",
      ],
    ],
    [
      "header rules",
      { path: "/_headers" },
      ["note: Holds header rules: read when deployed, not served"],
    ],
  ] as [string, Partial<PlannedFile>, string[]][])("%s", (_, file, expected) =>
    expect(
      findings(
        [file],
        [
          ["/my%20file.mp3", there("asset")],
          ["/voice", there("function")],
          ["/secret.mp3", there("asset", { visibility: "private" })],
          ["/was.mp3", there("asset", { live: there("asset", { visibility: "private" }) })],
          ["/gone.mp3", deleted("protected", "aa")],
        ],
      ),
    ).toEqual([expected]),
  );

  it("names each file of two that have one path", () => {
    expect(
      findings([{ name: "a", path: "/x y" }, { name: "b", path: "/x%20y" }, { path: "/z" }]),
    ).toEqual([
      ["error: Same path as b: give one another path, or remove it"],
      ["error: Same path as a: give one another path, or remove it"],
      [],
    ]);
  });
});

describe("where files go, and who may fetch them there", () => {
  const existing = new Map([
    ["/ivr/a.mp3", there("asset", { visibility: "private" })],
    ["/b.mp3", there("asset", { visibility: "protected", sha256: "bb" })],
    ["/gone.mp3", deleted("protected", "dd")],
  ]);

  it("by the folder and their names", () => {
    expect(planOf([{ name: "new.protected.mp3", size: 5 }], "/ivr", existing)).toEqual([
      {
        id: 0,
        name: "new.protected.mp3",
        size: 5,
        kind: "asset",
        chosen: false,
        edited: false,
        path: "/ivr/new.mp3",
        marked: "protected",
        visibility: "protected",
      },
    ]);
  });

  it.each([
    ["what replaces keeps the visibility it has", "ivr/a.mp3", "private"],
    ["a mark does not make it more visible", "ivr/a.protected.mp3", "private"],
    ["a mark may make it less visible", "b.private.mp3", "private"],
    ["what was deleted and is live comes back as it is", "gone.mp3", "protected"],
    ["what is new is public", "c.mp3", "public"],
  ])("%s", (_, name, expected) =>
    expect(planOf([{ name, size: 1 }], "/", existing)[0]?.visibility).toBe(expected),
  );

  it("as the person chose, wherever it goes", () => {
    const [file] = planOf([{ name: "c.mp3", size: 1 }], "/", existing);
    const chosen = { ...(file as PlannedFile), visibility: "public", chosen: true } as const;
    expect(withVisibility({ ...chosen, path: "/ivr/a.mp3" }, existing).visibility).toBe("public");
    expect(
      withVisibility({ ...(file as PlannedFile), path: "/ivr/a.mp3" }, existing).visibility,
    ).toBe("private");
  });

  it("to another folder, but for paths that were typed", () => {
    const plan = planOf(
      [
        { name: "a.mp3", size: 1 },
        { name: "voice.js", size: 1 },
        { name: "c.mp3", size: 1 },
      ],
      "/",
      existing,
    ).map((file) => {
      if (file.id === 1) return { ...file, ...asKind(file, "function") };
      return file.id === 2 ? { ...file, path: "/typed.mp3", edited: true } : file;
    });
    expect(
      planBelow(plan, "/ivr", existing).map(({ path, visibility }) => [path, visibility]),
    ).toEqual([
      ["/ivr/a.mp3", "private"],
      ["/ivr/voice", "public"],
      ["/typed.mp3", "public"],
    ]);
  });

  it.each([
    [
      "a folder alone keeps its name",
      ["menu/x.mp3", "menu/fr/y.mp3"],
      "/menu",
      ["x.mp3", "fr/y.mp3"],
    ],
    ["several things do anyway", ["menu/x.mp3", "y.mp3"], "/", ["menu/x.mp3", "y.mp3"]],
    [
      "a folder of new versions goes where they are",
      ["assets/b.mp3", "assets/new.mp3"],
      "/",
      ["b.mp3", "new.mp3"],
    ],
    ["one file has none", ["x.mp3"], "/", ["x.mp3"]],
  ])("%s", (_, names, folder, below) =>
    expect(destinationOf(names, "/", existing)).toEqual({ folder, names: below }),
  );

  it("below the folder they were dropped on", () => {
    expect(destinationOf(["menu/x.mp3"], "/ivr", existing).folder).toBe("/ivr/menu");
    expect(destinationOf(["x.mp3"], "/ivr", existing).folder).toBe("/ivr");
  });

  it.each([
    ["the same bytes and visibility", { path: "/b.mp3" }, "bb", true],
    ["other bytes", { path: "/b.mp3" }, "cc", false],
    ["bytes that nobody compared yet", { path: "/b.mp3" }, undefined, false],
    ["another visibility", { path: "/b.mp3", visibility: "public" }, "bb", false],
    ["another path", { path: "/c.mp3" }, "bb", false],
    ["those of a deleted file", { path: "/gone.mp3" }, "dd", false],
  ] as const)("%s are nothing to send: %o", (_, changes, sha256, expected) => {
    const [file] = planOf([{ name: "b.mp3", size: 1 }], "/", existing);
    expect(isSame({ ...(file as PlannedFile), ...changes }, sha256, existing)).toBe(expected);
  });

  it.each([
    ["the bytes that are live, where the draft has others", {}, "bb", true],
    ["the bytes of the draft", {}, "aa", false],
    ["yet others", {}, "cc", false],
    ["bytes that nobody compared yet", {}, undefined, false],
    ["the live bytes with another visibility", { visibility: "private" }, "bb", false],
    ["the live bytes as a function", { kind: "function" }, "bb", false],
    ["a deleted file's bytes", { path: "/gone.mp3", visibility: "protected" }, "dd", true],
    ["bytes of what is the same live and here", { path: "/same.mp3" }, "aa", false],
    ["bytes of what is not live", { path: "/new.mp3" }, "aa", false],
  ] as const)("%s make their path as live again: %o", (_, changes, sha256, expected) => {
    const drafts = new Map([
      ["/a.mp3", there("asset", { live: there("asset", { sha256: "bb" }) })],
      ["/gone.mp3", deleted("protected", "dd")],
      ["/same.mp3", there("asset", { live: there("asset") })],
      ["/new.mp3", there("asset")],
    ]);
    const [file] = planOf([{ name: "a.mp3", size: 1 }], "/", drafts);
    expect(isLiveAgain({ ...(file as PlannedFile), ...changes }, sha256, drafts)).toBe(expected);
  });
});

it("makes a source a function, whose path has no .js, and an asset again", () => {
  expect([isSource({ name: "sms/reply.js" }), isSource({ name: "a.json" })]).toEqual([true, false]);
  const name = "sms/reply.js";
  expect(asKind({ name, path: "/sms/reply.js" }, "function")).toEqual({
    kind: "function",
    path: "/sms/reply",
  });
  expect(asKind({ name, path: "/sms/reply" }, "asset")).toEqual({
    kind: "asset",
    path: "/sms/reply.js",
  });
});

describe("more files than a build holds", () => {
  it.each([
    [{ shared: 3, private: 1, functions: 50 }, null],
    [
      { shared: 4, private: 0, functions: 0 },
      "4 public and protected files. A build holds at most 3",
    ],
    [{ shared: 0, private: 2, functions: 0 }, "2 private files. A build holds at most 1"],
    [{ shared: 0, private: 0, functions: 51 }, "51 functions. A build holds at most 50"],
  ])("%o", (count, expected) => {
    const said = tooMany(count, limits);
    if (expected === null) expect(said).toBeNull();
    else expect(said).toContain(expected);
  });
});
