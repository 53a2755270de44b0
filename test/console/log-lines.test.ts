import { describe, expect, it } from "vitest";
import type { LogRepresentation } from "../../src/api/representations.ts";
import {
  type LogLevel,
  linesAfter,
  MOST_LINES,
  ofLevel,
  startDateAfter,
  withNewLines,
} from "../../src/console/app/logs/log-lines.ts";

function line(sid: string, date = "2026-11-22T12:00:00Z", level: LogLevel = "INFO") {
  return { sid, date_created: date, level } as LogRepresentation;
}

function sids(lines: LogRepresentation[]): string[] {
  return lines.map(({ sid }) => sid);
}

describe("a log that is followed", () => {
  it("adds what is new at its end, in the order it was written, and nothing twice", () => {
    const first = withNewLines([], [line("2"), line("1")]);
    expect(sids(first)).toEqual(["1", "2"]);
    expect(sids(withNewLines(first, [line("4"), line("3"), line("2")]))).toEqual([
      "1",
      "2",
      "3",
      "4",
    ]);
  });

  it("is the same where nothing is new, so that nothing is drawn anew", () => {
    const shown = [line("1")];
    expect(withNewLines(shown, [line("1")])).toBe(shown);
  });

  it("keeps a thousand lines, the newest", () => {
    const many = Array.from({ length: MOST_LINES }, (_, index) => line(`${index}`));
    const kept = withNewLines(many, [line("newest")]);
    expect([kept.length, kept[0]?.sid, kept.at(-1)?.sid]).toEqual([1000, "1", "newest"]);
  });

  it("asks for a minute before its newest line: those of a slow call come late", () => {
    expect(startDateAfter([])).toBeNull();
    expect(
      startDateAfter([line("1", "2026-11-22T12:05:00Z"), line("2", "2026-11-22T12:04:00Z")]),
    ).toBe("2026-11-22T12:04:00.000Z");
  });

  it("lists what came after it was cleared", () => {
    const lines = [line("1"), line("2"), line("3")];
    expect(sids(linesAfter(lines, "2"))).toEqual(["3"]);
    expect(sids(linesAfter(lines, null))).toEqual(["1", "2", "3"]);
    expect(sids(linesAfter(lines, "long gone"))).toEqual(["1", "2", "3"]);
  });

  it.each([
    ["INFO", ["i", "w", "e"]],
    ["WARN", ["w", "e"]],
    ["ERROR", ["e"]],
  ] as const)("lists lines of level %s and worse", (level, expected) => {
    const date = "2026-11-22T12:00:00Z";
    const lines = [line("i", date, "INFO"), line("w", date, "WARN"), line("e", date, "ERROR")];
    expect(sids(ofLevel(lines, level))).toEqual(expected);
  });
});
