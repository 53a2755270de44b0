import { describe, expect, it } from "vitest";
import {
  comparePaths,
  fileUrl,
  folderOf,
  movedPath,
  nameOf,
  normalisedPath,
  pathProblem,
  placementOf,
  samePath,
  shownPath,
} from "../../src/console/app/files/paths.ts";

describe("the order of paths", () => {
  it("counts as people do", () => {
    const paths = ["/option-10.txt", "/répondeur.wav", "/option-2.txt", "/logo.png"];
    expect(paths.sort(comparePaths)).toEqual([
      "/logo.png",
      "/option-2.txt",
      "/option-10.txt",
      "/répondeur.wav",
    ]);
  });
});

describe("where a dropped file goes", () => {
  it.each([
    ["greeting.mp3", "/", "/greeting.mp3", null],
    ["greeting.mp3", "/ivr", "/ivr/greeting.mp3", null],
    ["menu/main.protected.mp3", "/", "/menu/main.mp3", "protected"],
    ["prices.private.json", "/", "/prices.json", "private"],
    ["x.protected", "/", "/x.protected", null],
    ["100%.mp3", "/", "/100%25.mp3", null],
    ["a%20b.mp3", "/", "/a%2520b.mp3", null],
    ["what?#.mp3", "/", "/what?#.mp3", null],
    ["index.html", "/", "/index.html", null],
  ])("%s below %s", (name, folder, path, marked) =>
    expect(placementOf(name, folder)).toEqual({ path, marked }),
  );
});

describe("a path as it was typed", () => {
  it.each([
    ["a.mp3", "/a.mp3"],
    ["/a b.mp3", "/a b.mp3"],
    ["/50% off.wav", "/50%25 off.wav"],
    ["/50%25 off.wav", "/50%25 off.wav"],
    ["100%", "/100%25"],
  ])("%s", (typed, path) => expect(normalisedPath(typed)).toBe(path));
});

describe("what is wrong with a path", () => {
  it.each([
    "/",
    "/a.mp3",
    "/my file.mp3",
    "/répondeur.wav",
    "/a%20b",
    "/_headers",
    "/a//b",
    "/<b>",
  ])("nothing: %s", (path) => expect(pathProblem(path)).toBeNull());
  it.each([
    ["", "A path is needed"],
    [`/${"a".repeat(255)}`, "at most 255 characters, this one has 256"],
    ["/a\\b", "backslash"],
    ["/a\nb", "control characters"],
    ["/a/../b", "“.” or “..”"],
    ["/%2e%2E/b", "“.” or “..”"],
    ["/100%.mp3", "%25"],
    ["/%ff", "no valid spelling"],
    ["/\ud800", "no valid spelling"],
  ])("%j", (path, reason) => expect(pathProblem(path)).toContain(reason));
});

describe("a path for people", () => {
  it.each([
    ["/my%20file.mp3", "/my file.mp3"],
    ["/r%C3%A9pondeur.mp3", "/répondeur.mp3"],
    ["/a%2Fb", "/a%2Fb"],
    ["/\u202egpj.exe", "/%E2%80%AEgpj.exe"],
    ["/%E2%80%AEgpj.exe", "/%E2%80%AEgpj.exe"],
    ["/a%0Ab", "/a%0Ab"],
    ["/100%.mp3", "/100%.mp3"],
    ["/<img src=x onerror=alert(1)>", "/<img src=x onerror=alert(1)>"],
  ])("%s", (path, shown) => expect(shownPath(path)).toBe(shown));
});

describe("a path as a URL", () => {
  it.each([
    ["/a.mp3", "http://x-1234.localhost:8787/a.mp3"],
    ["/my file.mp3", "http://x-1234.localhost:8787/my%20file.mp3"],
    ["/my%20file.mp3", "http://x-1234.localhost:8787/my%20file.mp3"],
    ["/what?#.mp3", "http://x-1234.localhost:8787/what%3F%23.mp3"],
    ["/", "http://x-1234.localhost:8787/"],
  ])("%s", (path, url) => expect(fileUrl("http:", "x-1234.localhost:8787", path)).toBe(url));

  it("is the same for two spellings of it", () => {
    expect(samePath("/my file.mp3", "/my%20file.mp3")).toBe(true);
    expect(samePath("/a%2Fb", "/a/b")).toBe(false);
  });
});

it.each([
  ["/a.mp3", "/", "a.mp3"],
  ["/menu/fr/a.mp3", "/menu/fr", "a.mp3"],
  ["/", "/", "/"],
  ["/menu/", "/menu", "/menu/"],
])("the folder and the name of %s", (path, folder, name) =>
  expect([folderOf(path), nameOf(path)]).toEqual([folder, name]),
);

describe("where a moved file goes", () => {
  it.each([
    ["/ivr/a.mp3", "/ivr", "/menu", "/menu/a.mp3"],
    ["/ivr/fr/a.mp3", "/ivr", "/menu/main", "/menu/main/fr/a.mp3"],
    ["/ivr/a.mp3", "/ivr", "/", "/a.mp3"],
    ["/ivr/a.mp3", "/", "/old", "/old/ivr/a.mp3"],
    ["/my%20menu/a.mp3", "/my menu", "/menu", "/menu/a.mp3"],
    ["/ivr/50%25 off.wav", "/ivr", "/menu", "/menu/50%25 off.wav"],
    ["/ivr/50%2541.wav", "/", "/old", "/old/ivr/50%2541.wav"],
    ["/50%25/a.mp3", "/50%", "/", "/a.mp3"],
  ])("%s out of %s into %s", (path, from, to, expected) =>
    expect(movedPath(path, from, to)).toBe(expected),
  );
});
