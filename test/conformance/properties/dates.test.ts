import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatHttpDate, parseHttpDate } from "../../../src/contract/http-date.ts";
import { anyText } from "./any-text.ts";

/** RFC 9110 5.6.7: parseHttpDate. */

const NOW = Date.parse("2026-11-21T22:00:00Z") / 1000;
/** Years 1 to 9999, which four digits can say. */
const instant = fc.integer({ min: -62_135_596_800, max: 253_402_300_799 });

describe("parseHttpDate", () => {
  it("PROP-date: reads back what was written", () => {
    fc.assert(
      fc.property(instant, fc.integer(), (at, now) => {
        expect(parseHttpDate(formatHttpDate(at), now)).toBe(at);
      }),
      { numRuns: 2_000 },
    );
  });

  it("PROP-date-rfc850: a two-digit year is within 50 years ahead and 100 behind", () => {
    const century = fc.integer({ min: 946_684_800, max: 4_102_444_799 });
    fc.assert(
      fc.property(century, century, (at, now) => {
        const [day, date, month, year, time] = formatHttpDate(at).split(/,? /) as [
          string,
          string,
          string,
          string,
          string,
        ];
        const names: Record<string, string> = {
          Tue: "Tues",
          Wed: "Wednes",
          Thu: "Thurs",
          Sat: "Satur",
        };
        const field = `${names[day] ?? day}day, ${date}-${month}-${year.slice(2)} ${time} GMT`;
        const read = parseHttpDate(field, now);
        // 29 February of a leap year may have no counterpart in the other century.
        if (read === null) return expect(`${date} ${month}`).toBe("29 Feb");
        expect(formatHttpDate(read).slice(14)).toBe(formatHttpDate(at).slice(14));
        const ahead = new Date(now * 1000);
        expect(read * 1000).toBeLessThanOrEqual(ahead.setUTCFullYear(ahead.getUTCFullYear() + 50));
      }),
      { numRuns: 2_000 },
    );
  });

  it("PROP-date-total: any text is a whole number of seconds or no date", () => {
    const almost = fc
      .tuple(instant, fc.nat({ max: 28 }), fc.string({ maxLength: 2 }))
      .map(([at, cut, text]) => {
        const field = formatHttpDate(at);
        return field.slice(0, cut) + text + field.slice(cut + 1);
      });
    fc.assert(
      fc.property(fc.oneof(fc.string(), anyText, almost), (text) => {
        const read = parseHttpDate(text, NOW);
        expect(read === null || Number.isSafeInteger(read)).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });
});
