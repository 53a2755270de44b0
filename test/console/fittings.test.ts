import { describe, expect, it } from "vitest";
import { type Fitting, fittedPath, fittingFor } from "../../src/console/app/media/fittings.ts";

describe("what helps against a warning", () => {
  it.each([
    ["play-type", "audio/ogg", "telephone-wav"],
    ["mms-size", "image/jpeg", "small-jpeg"],
    ["mms-size", "video/mp4", null],
    ["mms-type", "image/webp", "small-jpeg"],
    ["mms-type", "image/svg+xml", null],
    ["location", "image/jpeg", "clean-copy"],
    ["location", "image/heic", "small-jpeg"],
    ["location", "video/mp4", null],
    ["metadata", "image/png", "clean-copy"],
    ["empty", "image/png", null],
    ["type-mismatch", "image/png", null],
  ] as const)("%s of %s: %s", (kind, type, expected) =>
    expect(fittingFor(kind, type)).toBe(expected),
  );
});

describe("where what was made goes", () => {
  it.each([
    ["/hold.ogg", "telephone-wav", "/hold.wav"],
    ["/menu/talk.m4a", "telephone-wav", "/menu/talk-2.wav"],
    ["/a.b/noname", "telephone-wav", "/a.b/noname.wav"],
    ["/big.png", "small-jpeg", "/big-small.jpg"],
    ["/holiday.jpeg", "clean-copy", "/holiday-clean.jpeg"],
  ] as [string, Fitting, string][])("%s, %s: %s", (path, fitting, expected) =>
    expect(fittedPath(path, fitting, new Set(["/menu/talk.wav"]))).toBe(expected),
  );
});
