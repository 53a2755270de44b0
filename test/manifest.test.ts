import { describe, expect, it } from "vitest";
import { canonicalPath } from "../src/manifest.ts";

describe("canonical path", () => {
  it.each([
    ["/ahoy.mp3", "/ahoy.mp3"],
    ["/my file.mp3", "/my%20file.mp3"],
    ["/my%20file.mp3", "/my%20file.mp3"],
    ["/%61", "/a"],
    ["/a%2fb", "/a%2Fb"],
    ["/a/%2e%2e/b", null],
    ["/a/../b", null],
    ["/a\\b", null],
    ["/%zz", null],
    ["a", null],
  ])("%s is %s", (path, expected) => {
    expect(canonicalPath(path)).toBe(expected);
  });
});
