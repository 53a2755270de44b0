import { describe, expect, it } from "vitest";
import {
  mediaUrlSnippet,
  playSnippet,
  shell,
  signedCurl,
  twilioSignature,
} from "../../src/console/app/files/snippets.ts";
import {
  formatAge,
  formatBytes,
  formatDuration,
  formatLimit,
} from "../../src/console/app/format.ts";

describe("lines to paste", () => {
  it("is TwiML, escaped", () => {
    expect(playSnippet("https://x.example/a&b.mp3")).toBe(
      "<Play>https://x.example/a&amp;b.mp3</Play>",
    );
  });

  it("is a parameter of a message", () => {
    expect(mediaUrlSnippet("https://x.example/a.png")).toBe(
      'mediaUrl: ["https://x.example/a.png"]',
    );
  });

  it("is signed as Twilio's documentation has it for a URL alone", async () => {
    // HMAC-SHA1("12345", "https://example.com/myapp"), computed with openssl.
    expect(await twilioSignature("https://example.com/myapp", "12345")).toBe(
      "XqNa/0zb23Pa5OkAE2d03kJM920=",
    );
  });

  it("is one shell command, whatever is in the path", async () => {
    expect(shell("it's")).toBe("'it'\\''s'");
    expect(await signedCurl("https://x.example/it's.mp3", "token")).toMatch(
      /^curl -H 'X-Twilio-Signature: [A-Za-z0-9+/]{27}=' 'https:\/\/x\.example\/it'\\''s\.mp3'$/,
    );
  });
});

it.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1 kB"],
  [4240, "4.2 kB"],
  [99_400, "99 kB"],
  [999_600, "1 MB"],
  [26_214_400, "26 MB"],
])("%i bytes are %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));

it.each([
  [26_214_400, "25 MiB"],
  [10_485_760, "10 MiB"],
  [5_000_000, "5 MB"],
])("a limit of %i bytes is %s", (bytes, text) => expect(formatLimit(bytes)).toBe(text));

it.each([
  ["2026-11-03T12:00:00Z", "just now"],
  ["2026-11-03T11:59:00Z", "1 min ago"],
  ["2026-11-03T11:00:00Z", "1 h ago"],
  ["2026-11-01T12:00:00Z", "1 Nov"],
  ["2025-11-01T12:00:00Z", "1 Nov 2025"],
])("%s is %s", (date, text) =>
  expect(formatAge(date, Date.parse("2026-11-03T12:00:10Z"))).toBe(text),
);

it.each([
  [9.84, "9.8 s"],
  [60, "1:00"],
  [754.6, "12:35"],
])("%d seconds last %s", (seconds, text) => expect(formatDuration(seconds)).toBe(text));
