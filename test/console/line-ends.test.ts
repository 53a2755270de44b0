import { describe, expect, it } from "vitest";
import { asBefore } from "../../src/console/app/environments/line-ends.ts";

describe("the line ends of an edited value", () => {
  it.each([
    ["stay CRLF where all were", "a\nb\nc", "a\r\nb\r\n", "a\r\nb\r\nc"],
    ["stay LF", "a\nb", "a\n", "a\nb"],
    ["are LF where both were", "a\nb", "a\r\nb\n", "a\nb"],
    ["are LF in a new value", "a\nb", null, "a\nb"],
  ])("%s", (_, typed, before, expected) => expect(asBefore(typed, before)).toBe(expected));
});
