import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluateRange, type RangeOutcome } from "../../../src/gateway/range.ts";
import { anyText } from "./any-text.ts";

/** RFC 9110 14: evaluateRange against a model that counts bytes one by one. */

/** RFC 9110 14.2, 17.15: past these a field is taken for an attack, and ignored. */
const MANY = 32;
const LONG = 1_000;

function model(field: string, size: number): RangeOutcome["kind"] | [start: number, end: number] {
  const match = /^[ \t]*bytes=([^ \t].*)$/is.exec(field);
  if (!match || field.length > LONG) return "whole";
  const members = (match[1] as string)
    .split(",")
    .map((member) => member.replace(/^[ \t]*|[ \t]*$/g, ""));
  const specs = members.filter((member) => member.length > 0);
  if (specs.length === 0 || specs.length > MANY) return "whole";
  const selected = new Array<boolean>(size).fill(false);
  let satisfiable = false;
  for (const spec of specs) {
    if (!/^([0-9]+-[0-9]*|-[0-9]+)$/.test(spec)) return "whole";
    const [first, last] = spec.split("-") as [string, string];
    if (first !== "" && last !== "" && BigInt(last) < BigInt(first)) return "whole";
    const from = first === "" ? BigInt(size) - BigInt(last) : BigInt(first);
    const to = first === "" || last === "" ? BigInt(size) : BigInt(last);
    satisfiable ||= first === "" ? BigInt(last) > 0n : BigInt(first) < BigInt(size);
    for (let at = 0; at < size; at++) {
      if (BigInt(at) >= from && BigInt(at) <= to) selected[at] = true;
    }
  }
  if (!satisfiable) return "unsatisfiable";
  const start = selected.indexOf(true);
  const end = selected.lastIndexOf(true);
  if (start === -1) return "whole";
  return selected.slice(start, end + 1).every(Boolean) ? [start, end] : "whole";
}

function compact(outcome: RangeOutcome): ReturnType<typeof model> {
  return outcome.kind === "partial" ? [outcome.range.start, outcome.range.end] : outcome.kind;
}

const digits = fc.oneof(
  { weight: 6, arbitrary: fc.nat({ max: 24 }).map(String) },
  fc.bigInt({ min: 2n ** 31n, max: 2n ** 70n }).map(String),
  fc.constantFrom(
    "9007199254740991",
    "9007199254740992",
    "9007199254740993",
    "18446744073709551616",
  ),
  fc.nat({ max: 24 }).map((value) => `000${value}`),
);
const spec = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(digits, digits).map(([first, last]) => `${first}-${last}`) },
  { weight: 2, arbitrary: digits.map((first) => `${first}-`) },
  { weight: 2, arbitrary: digits.map((length) => `-${length}`) },
  fc.constantFrom(
    "",
    " ",
    "-",
    "x",
    "0-1-2",
    "--1",
    "1",
    "0 -1",
    "\t",
    "+1-2",
    "0x0-1",
    "\u00a01-2",
  ),
);
const space = fc.constantFrom("", "", "", " ", "\t", "  ");
const rangeField = fc
  .tuple(
    fc.constantFrom(
      "bytes=",
      "bytes=",
      "bytes=",
      "BYTES=",
      "Bytes=",
      "bytes =",
      "items=",
      "bytes:",
      "",
    ),
    fc.array(
      fc.tuple(space, spec, space).map((parts) => parts.join("")),
      { maxLength: 5 },
    ),
    space,
  )
  .map(([unit, specs, after]) => unit + specs.join(",") + after);

describe("evaluateRange", () => {
  it("PROP-range: agrees with a model that counts bytes one by one", () => {
    fc.assert(
      fc.property(rangeField, fc.nat({ max: 20 }), (field, size) => {
        expect(compact(evaluateRange(field, size))).toEqual(model(field, size));
      }),
      { numRuns: 5_000 },
    );
  });

  it("PROP-range-many: agrees with the model around the most ranges it adds up", () => {
    const many = fc.array(spec, { minLength: 28, maxLength: 40 });
    fc.assert(
      fc.property(many, fc.nat({ max: 20 }), (specs, size) => {
        const field = `bytes=${specs.join(",")}`;
        expect(compact(evaluateRange(field, size))).toEqual(model(field, size));
      }),
      { numRuns: 300 },
    );
  });

  it("PROP-range-total: any text is some outcome, and a range lies within the asset", () => {
    const text = fc.oneof(
      fc.string(),
      anyText,
      fc.string().map((s) => `bytes=${s}`),
    );
    fc.assert(
      fc.property(text, fc.maxSafeNat(), (field, size) => {
        const outcome = evaluateRange(field, size);
        if (outcome.kind !== "partial") return;
        const { start, end } = outcome.range;
        expect(Number.isSafeInteger(start) && Number.isSafeInteger(end)).toBe(true);
        expect(0 <= start && start <= end && end < size).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });

  it.each([
    ["spaces-inside", (n: number) => `bytes=0-1${" ".repeat(n)}x`],
    ["spaces-first", (n: number) => `${" ".repeat(n)}bytes=0-1${" ".repeat(n)}x`],
    ["spaces-before-comma", (n: number) => `bytes=0-1,x${"\t".repeat(n)}x,`],
    ["spaces-after", (n: number) => `bytes=0-1${" ".repeat(n)}`],
    ["commas", (n: number) => `bytes=${",".repeat(n)}`],
    ["digits", (n: number) => `bytes=${"9".repeat(n)}-${"9".repeat(n)}`],
    ["ranges", (n: number) => `bytes=${"0-1,".repeat(n / 4)}`],
  ])("PROP-range-linear-%s: 64 KB of it is read in no time", (_id, make) => {
    const field = make(64 * 1024);
    const start = Date.now();
    evaluateRange(field, 10);
    // A quadratic reading takes ten seconds here; a linear one is under a millisecond.
    expect(Date.now() - start).toBeLessThan(500);
  });
});
