import { describe, expect, it } from "vitest";
import {
  type Subject,
  type Warning,
  warningsOf,
} from "../../src/console/app/preflight/warnings.ts";

type Kind = Warning["kind"];

const MB = 1_000_000;
const NOWHERE = { metadata: false, location: false };

function kinds(subject: Partial<Subject>): Kind[] {
  const whole: Subject = { type: "audio/mpeg", size: 1000, visibility: "public", ...subject };
  return warningsOf(whole).map(({ kind }) => kind);
}

describe("<Play> takes these audio types and no others (contract 6.2)", () => {
  it.each([
    "audio/mpeg",
    "audio/wav",
    "audio/wave",
    "audio/x-wav",
    "audio/aiff",
    "audio/x-aifc",
    "audio/x-aiff",
    "audio/x-gsm",
    "audio/gsm",
    "audio/ulaw",
    "AUDIO/MPEG",
    "audio/mpeg; charset=binary",
  ])("%s", (type) => expect(kinds({ type })).toEqual([]));

  it.each(["audio/mp4", "audio/ogg", "audio/flac", "audio/aac", "audio/webm", "audio/basic"])(
    "not %s",
    (type) => expect(kinds({ type })).toEqual(["play-type"]),
  );
});

describe("pictures in messages (contract 6.3)", () => {
  it.each([
    ["image/jpeg", []],
    ["image/jpg", []],
    ["image/gif", []],
    ["image/png", []],
    ["image/webp", ["mms-type"]],
    ["image/heic", ["mms-type"]],
    ["image/tiff", ["mms-type"]],
    ["image/svg+xml", ["mms-type"]],
    ["image/avif", ["mms-type"]],
  ] as [string, Kind[]][])("%s", (type, expected) => expect(kinds({ type })).toEqual(expected));

  it("tells a type that is passed on from one that is refused", () => {
    const title = (type: string) => warningsOf({ type, size: 1, visibility: "public" })[0]?.title;
    expect(title("image/webp")).toBe("MMS does not convert it");
    expect(title("image/svg+xml")).toBe("MMS refuses it");
  });
});

describe("the 5 MB of an MMS", () => {
  it.each([
    ["image/jpeg", 5 * MB, []],
    ["image/jpeg", 5 * MB + 1, ["mms-size"]],
    ["video/mp4", 6 * MB, ["mms-size"]],
    ["audio/mpeg", 6 * MB, ["mms-size"]],
    ["application/pdf", 6 * MB, ["mms-size"]],
    ["text/csv", 6 * MB, []],
    ["application/zip", 20 * MB, []],
  ] as [string, number, Kind[]][])("%s of %i bytes", (type, size, expected) =>
    expect(kinds({ type, size })).toEqual(expected),
  );

  it("names the 16 MB of WhatsApp and RCS where they are passed too", () => {
    const [warning] = warningsOf({ type: "video/mp4", size: 17 * MB, visibility: "public" });
    expect(warning?.detail).toContain("16 MB of WhatsApp and RCS");
  });
});

describe("what the bytes say", () => {
  it.each([
    ["audio/mpeg", "audio/mpeg", []],
    ["audio/x-wav", "audio/wav", []],
    ["audio/mpeg", "text/html", ["type-mismatch"]],
    ["audio/mpeg", "image/png", ["type-mismatch"]],
    ["image/png", "image/jpeg", ["type-mismatch"]],
    ["application/octet-stream", "image/png", []],
    ["application/octet-stream", "audio/mpeg", ["play-type"]],
    ["text/html", "text/html", []],
    ["audio/mpeg", null, []],
  ] as [string, string | null, Kind[]][])("served as %s, bytes of %s", (type, sniffed, expected) =>
    expect(kinds({ type, sniffed })).toEqual(expected),
  );
});

describe("what a file tells of its maker", () => {
  const type = "image/jpeg";
  it.each([
    [NOWHERE, []],
    [{ metadata: true, location: false }, ["metadata"]],
    [{ metadata: true, location: true }, ["location"]],
  ] as [Subject["embedded"] & object, Kind[]][])("%o", (embedded, expected) =>
    expect(kinds({ type, embedded })).toEqual(expected),
  );
});

describe("who can fetch it", () => {
  it("warns of nothing about a private file, which nobody fetches", () => {
    const embedded = { metadata: true, location: true };
    expect(
      kinds({
        type: "audio/ogg",
        size: 9 * MB,
        visibility: "private",
        sniffed: "text/html",
        embedded,
      }),
    ).toEqual([]);
  });

  it("warns of an empty file, whoever can fetch it", () => {
    expect(kinds({ size: 0 })).toEqual(["empty"]);
    expect(kinds({ size: 0, visibility: "private" })).toEqual(["empty"]);
  });
});
