import { describe, expect, it } from "vitest";
import type { FileKind } from "../../src/console/app/files/file-version.ts";
import {
  asKind,
  findingsOf,
  isSource,
  type PlannedFile,
  planOf,
  tooMany,
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

function findings(
  files: Partial<PlannedFile>[],
  existing: [path: string, kind: FileKind][] = [],
): string[][] {
  const plan = files.map((file, id) => ({
    id,
    name: file.path ?? "file",
    size: 1,
    kind: "asset" as const,
    path: "/file",
    visibility: "public" as const,
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
      "header rules",
      { path: "/_headers" },
      ["note: Holds header rules: read when deployed, not served"],
    ],
  ] as [string, Partial<PlannedFile>, string[]][])("%s", (_, file, expected) =>
    expect(
      findings(
        [file],
        [
          ["/my%20file.mp3", "asset"],
          ["/voice", "function"],
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

it("plans each file below the folder, its visibility by its name", () => {
  expect(planOf([{ name: "a.protected.mp3", size: 5 }], "/ivr")).toEqual([
    {
      id: 0,
      name: "a.protected.mp3",
      size: 5,
      kind: "asset",
      path: "/ivr/a.mp3",
      visibility: "protected",
    },
  ]);
});

it("makes a source a function, whose path has no .js, and an asset again", () => {
  expect([isSource({ name: "sms/reply.js" }), isSource({ name: "a.json" })]).toEqual([true, false]);
  expect(asKind({ path: "/sms/reply.js" }, "function")).toEqual({
    kind: "function",
    path: "/sms/reply",
  });
  expect(asKind({ path: "/sms/reply" }, "asset")).toEqual({ kind: "asset", path: "/sms/reply.js" });
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
