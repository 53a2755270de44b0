import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalPath } from "../../../src/contract/manifest.ts";
import { anyText } from "./any-text.ts";

/** docs/architecture.md "How a request is answered", 3: canonicalPath. */

/** A decoded segment that may stand in a path. */
const segment = fc
  .oneof(
    fc.string({ maxLength: 6 }),
    fc.string({ unit: "grapheme", maxLength: 6 }),
    fc.constantFrom(
      "",
      "a",
      "A",
      "%",
      "%2F",
      "%2f",
      "/",
      "a/b",
      "...",
      "?",
      "#",
      "é",
      "e\u0301",
      "__proto__",
    ),
  )
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what no segment may hold.
  .filter((text) => text !== "." && text !== ".." && !/[\u0000-\u001f\u007f\\]/.test(text));
const segments = fc.array(segment, { minLength: 1, maxLength: 4 });

/** What a segment is once its spelling is taken away (Unicode's NFC). */
const composed = (text: string) => text.normalize("NFC");

/** Writes a segment with some of its characters percent-encoded, in some case, as a client may. */
function spell(text: string, choices: number[]): string {
  let choice = 0;
  let spelling = "";
  for (const character of text) {
    const pick = choices[choice++ % choices.length] as number;
    const mustEncode = "/%?#".includes(character);
    if (!mustEncode && pick % 3 === 0) {
      spelling += character;
      continue;
    }
    for (const byte of new TextEncoder().encode(character)) {
      const digits = byte.toString(16).padStart(2, "0");
      spelling += `%${pick % 2 ? digits : digits.toUpperCase()}`;
    }
  }
  return spelling;
}
const choices = fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 8 });
const pathOf = (names: string[], how: number[]) =>
  names.map((name) => `/${spell(name, how)}`).join("");

describe("canonicalPath", () => {
  it("PROP-path-one: every spelling of the same segments has one canonical form", () => {
    fc.assert(
      fc.property(segments, choices, choices, (names, one, other) => {
        const canonical = canonicalPath(pathOf(names, one));
        expect(canonical).not.toBe(null);
        expect(canonicalPath(pathOf(names, other))).toBe(canonical);
      }),
      { numRuns: 2_000 },
    );
  });

  it("PROP-path-two: different segments never share a canonical form", () => {
    fc.assert(
      fc.property(segments, segments, choices, choices, (names, others, one, other) => {
        const same = JSON.stringify(names.map(composed)) === JSON.stringify(others.map(composed));
        const meet = canonicalPath(pathOf(names, one)) === canonicalPath(pathOf(others, other));
        expect(meet).toBe(same);
      }),
      { numRuns: 2_000 },
    );
  });

  it("PROP-path-decodes: the canonical form says the segments it was made of", () => {
    fc.assert(
      fc.property(segments, choices, (names, how) => {
        const canonical = canonicalPath(pathOf(names, how)) as string;
        expect(canonical.split("/").slice(1).map(decodeURIComponent)).toEqual(names.map(composed));
      }),
      { numRuns: 2_000 },
    );
  });

  it("PROP-path-refused: a segment that is refused is refused in every spelling", () => {
    const refused = fc.constantFrom(
      ".",
      "..",
      "a\\b",
      "\0",
      "a\nb",
      "\r",
      "\x7f",
      "\\",
      "..\\",
      "\x1b",
    );
    fc.assert(
      fc.property(segments, refused, fc.nat(), choices, (names, bad, at, how) => {
        const index = at % (names.length + 1);
        const path = pathOf([...names.slice(0, index), bad, ...names.slice(index)], how);
        expect(canonicalPath(path)).toBe(null);
      }),
      { numRuns: 2_000 },
    );
  });

  it("PROP-path-total: any text has none or one that is its own and plain to read", () => {
    const text = fc.oneof(
      anyText,
      fc
        .array(
          fc.constantFrom(
            "/",
            ".",
            "..",
            "%",
            "2",
            "e",
            "E",
            "f",
            "5c",
            "%2e",
            "%2F",
            "%00",
            "\\",
            "%c0",
            "é",
            "a",
            "?",
            "#",
          ),
        )
        .map((parts) => `/${parts.join("")}`),
      fc.string().map((rest) => `/${rest}`),
    );
    fc.assert(
      fc.property(text, (path) => {
        const canonical = canonicalPath(path);
        if (canonical === null) return;
        expect(canonicalPath(canonical)).toBe(canonical);
        expect(canonical).toMatch(/^\/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-F]{2})*$/);
        expect(canonical.split("/")).not.toContain("..");
        expect(canonical.split("/")).not.toContain(".");
        expect(canonical).not.toMatch(/%(?:0.|1.|5C|7F)/);
      }),
      { numRuns: 5_000 },
    );
  });
});
