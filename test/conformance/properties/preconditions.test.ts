import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluatePreconditions, ifRangeHolds } from "../../../src/gateway/preconditions.ts";
import { expectLinearTime } from "../../growth.ts";
import { anyText } from "./any-text.ts";

/** RFC 9110 13: evaluatePreconditions against the six steps of 13.2.2 as they stand there. */

const NOW = Date.parse("2026-11-21T22:00:00Z") / 1000;
const MODIFIED = Date.parse("2020-02-29T12:00:00Z") / 1000;
const CURRENT = { etag: '"current,tag"', lastModified: MODIFIED };

/** A condition as its meaning, beside the field that says it. */
type Tag = { weak: boolean; text: string };
type TagCondition = { field: string; meaning: "absent" | "any" | Tag[] };
type DateCondition = { field: string; meaning: "absent" | "invalid" | number };

const tag = fc.record({
  weak: fc.boolean(),
  text: fc.constantFrom("current,tag", "old", "", "current", "é"),
});
const separator = fc.constantFrom(",", ", ", " ,", "\t,\t", ",,", ", ,", " , , ");
const tagCondition: fc.Arbitrary<TagCondition> = fc.oneof(
  fc.constant<TagCondition>({ field: "", meaning: "absent" }),
  fc.constantFrom("*", " *", "* ", "*\t").map((field): TagCondition => ({ field, meaning: "any" })),
  fc
    .tuple(
      fc.array(tag, { minLength: 1, maxLength: 4 }),
      separator,
      fc.constantFrom("", " ", ",", " ,\t"),
    )
    .map(([tags, between, around]): TagCondition => {
      const texts = tags.map(({ weak, text }) => `${weak ? "W/" : ""}"${text}"`);
      return { field: around + texts.join(between) + around, meaning: tags };
    }),
);

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const LONG_DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function writeDate(seconds: number, form: "imf" | "rfc850" | "asctime"): string {
  const date = new Date(seconds * 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(":");
  const [day, month, year] = [date.getUTCDate(), MONTHS[date.getUTCMonth()], date.getUTCFullYear()];
  switch (form) {
    case "imf":
      return `${DAYS[date.getUTCDay()]}, ${two(day)} ${month} ${String(year).padStart(4, "0")} ${time} GMT`;
    case "rfc850":
      return `${LONG_DAYS[date.getUTCDay()]}, ${two(day)}-${month}-${two(year % 100)} ${time} GMT`;
    case "asctime":
      return `${DAYS[date.getUTCDay()]} ${month} ${String(day).padStart(2)} ${time} ${String(year).padStart(4, "0")}`;
  }
}

const dateCondition: fc.Arbitrary<DateCondition> = fc.oneof(
  fc.constant<DateCondition>({ field: "", meaning: "absent" }),
  fc
    .constantFrom("x", "*", '"current,tag"', "1582977600")
    .map((field): DateCondition => ({ field, meaning: "invalid" })),
  fc
    .tuple(
      fc.oneof(
        fc.integer({ min: MODIFIED - 2, max: MODIFIED + 2 }),
        // From 1977 on a two-digit year means what it meant when it was written.
        fc.integer({ min: 230_000_000, max: NOW + 86_400 }),
      ),
      fc.constantFrom("imf" as const, "rfc850" as const, "asctime" as const),
      fc.constantFrom("", " ", "\t"),
    )
    .map(
      ([at, form, after]): DateCondition => ({ field: writeDate(at, form) + after, meaning: at }),
    ),
);

const request = fc.record({
  method: fc.constantFrom("GET", "HEAD", "POST"),
  ifMatch: tagCondition,
  ifNoneMatch: tagCondition,
  ifUnmodifiedSince: dateCondition,
  ifModifiedSince: dateCondition,
});
type ConditionalRequest = typeof request extends fc.Arbitrary<infer T> ? T : never;

function model(r: ConditionalRequest): ReturnType<typeof evaluatePreconditions> {
  const matches = (meaning: "any" | Tag[], weakly: boolean) =>
    meaning === "any" || meaning.some((t) => t.text === "current,tag" && (weakly || !t.weak));
  const read = r.method === "GET" || r.method === "HEAD";
  // Steps 1 and 2
  if (r.ifMatch.meaning !== "absent") {
    if (!matches(r.ifMatch.meaning, false)) return "precondition-failed";
  } else if (typeof r.ifUnmodifiedSince.meaning === "number") {
    if (MODIFIED > r.ifUnmodifiedSince.meaning) return "precondition-failed";
  }
  // Steps 3 and 4
  if (r.ifNoneMatch.meaning !== "absent") {
    if (matches(r.ifNoneMatch.meaning, true)) return read ? "not-modified" : "precondition-failed";
  } else if (read && typeof r.ifModifiedSince.meaning === "number") {
    if (MODIFIED <= r.ifModifiedSince.meaning) return "not-modified";
  }
  return "proceed";
}

/** Stands in for Headers where a value is beyond what its constructor takes, or is to stay as it is. */
function fieldsOf(fields: Record<string, string | null>): Headers {
  return { get: (name: string) => fields[name.toLowerCase()] ?? null } as Headers;
}

function headersOf(r: ConditionalRequest): Headers {
  const field = (c: TagCondition | DateCondition) => (c.meaning === "absent" ? null : c.field);
  return fieldsOf({
    "if-match": field(r.ifMatch),
    "if-none-match": field(r.ifNoneMatch),
    "if-unmodified-since": field(r.ifUnmodifiedSince),
    "if-modified-since": field(r.ifModifiedSince),
  });
}

describe("evaluatePreconditions", () => {
  it("PROP-preconditions: agrees with the steps of RFC 9110 13.2.2", () => {
    fc.assert(
      fc.property(request, (r) => {
        expect(evaluatePreconditions(r.method, headersOf(r), CURRENT, NOW)).toBe(model(r));
      }),
      { numRuns: 5_000 },
    );
  });

  it("PROP-preconditions-total: any text is some outcome", () => {
    const text = fc.oneof(fc.constant(null), fc.string(), anyText);
    fc.assert(
      fc.property(fc.string(), text, text, text, text, (method, a, b, c, d) => {
        const headers = fieldsOf({
          "if-match": a,
          "if-none-match": b,
          "if-unmodified-since": c,
          "if-modified-since": d,
        });
        expect(["proceed", "not-modified", "precondition-failed"]).toContain(
          evaluatePreconditions(method, headers, CURRENT, NOW),
        );
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ["spaces", (n: number) => `"a"${" ".repeat(n)}b`],
    ["commas", (n: number) => `${", ".repeat(n / 2)}b`],
    ["tags", (n: number) => `"",`.repeat(n / 3)],
    ["open-tag", (n: number) => `"${"a".repeat(n)}`],
    ["open-tags", (n: number) => `W/"`.repeat(n / 3)],
  ])("PROP-preconditions-linear-%s: 64 KB take a time that grows with it alone", (_id, make) =>
    expectLinearTime(64 * 1024, (length) =>
      evaluatePreconditions(
        "GET",
        fieldsOf({ "if-match": "*", "if-none-match": make(length) }),
        CURRENT,
        NOW,
      ),
    ),
  );
});

describe("ifRangeHolds", () => {
  it("PROP-if-range: holds for the current strong tag and the current date alone", () => {
    fc.assert(
      fc.property(
        fc.oneof(tagCondition, dateCondition),
        fc.integer({ min: MODIFIED - 1, max: MODIFIED + 3 }),
        (condition, now) => {
          const { field, meaning } = condition;
          const holds =
            meaning === "absent" ||
            field.trim() === CURRENT.etag ||
            (meaning === MODIFIED && now - MODIFIED >= 1);
          expect(ifRangeHolds(meaning === "absent" ? null : field, CURRENT, now)).toBe(holds);
        },
      ),
      { numRuns: 3_000 },
    );
  });
});
