import { describe, expect, it } from "vitest";
import { buildErrorsOf } from "../../src/console/app/deploy/build-errors.ts";

const PATHS = ["/voice", "/voice line 2", "/sms/reply", "/_headers"];

describe("a refused build", () => {
  it.each([
    [
      "says file and line",
      "/voice line 3: SyntaxError: Unexpected token",
      [{ path: "/voice", line: 3, message: "SyntaxError: Unexpected token" }],
    ],
    [
      "says the file alone",
      "/_headers: it must be at most 9 bytes long",
      [{ path: "/_headers", message: "it must be at most 9 bytes long" }],
    ],
    [
      "says several things, some of them about no file",
      "/sms/reply line 1: a: b\nThe dependency left-pad cannot be had",
      [
        { path: "/sms/reply", line: 1, message: "a: b" },
        { message: "The dependency left-pad cannot be had" },
      ],
    ],
    [
      "means the longer of two paths",
      "/voice line 2 line 5: wrong",
      [{ path: "/voice line 2", line: 5, message: "wrong" }],
    ],
    ["is about no file", "Functions are limited to less than or equal to 50 in a Build", null],
    ["is about a file that is not there", "/other line 1: wrong", null],
  ])("%s", (_, message, expected) => expect(buildErrorsOf(message, PATHS)).toEqual(expected));
});
