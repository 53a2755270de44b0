import { describe, expect, it } from "vitest";
import { formatHttpDate, parseHttpDate } from "../../../src/contract/http-date.ts";

/** RFC 9110 5.6.7: the three forms of an HTTP-date. */

const seconds = (iso: string) => Date.parse(iso) / 1000;
const NOW = seconds("2026-11-21T22:00:00Z");

describe("RFC 9110 5.6.7: a two-digit year more than 50 years ahead is of the past", () => {
  it.each([
    ["this-year", "Saturday, 21-Nov-26 22:00:00 GMT", "2026-11-21T22:00:00Z"],
    ["49-years", "Thursday, 21-Nov-75 22:00:00 GMT", "2075-11-21T22:00:00Z"],
    ["50-years", "Saturday, 21-Nov-76 22:00:00 GMT", "2076-11-21T22:00:00Z"],
    ["50-years-and-a-second", "Saturday, 21-Nov-76 22:00:01 GMT", "1976-11-21T22:00:01Z"],
    ["50-years-and-weeks", "Thursday, 31-Dec-76 23:59:59 GMT", "1976-12-31T23:59:59Z"],
    ["51-years", "Saturday, 01-Jan-77 00:00:00 GMT", "1977-01-01T00:00:00Z"],
    ["99", "Friday, 31-Dec-99 23:59:59 GMT", "1999-12-31T23:59:59Z"],
    ["00", "Saturday, 01-Jan-00 00:00:00 GMT", "2000-01-01T00:00:00Z"],
    ["leap-day-of-the-past-century", "Friday, 29-Feb-80 00:00:00 GMT", "1980-02-29T00:00:00Z"],
  ])("5.6.7-%s", (_id, field, iso) => {
    expect(parseHttpDate(field, NOW)).toBe(seconds(iso));
  });
});

describe("RFC 9110 5.6.7: IMF-fixdate is what is sent", () => {
  it.each([
    ["1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37 GMT"],
    ["1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT"],
    ["2024-02-29T23:59:59Z", "Thu, 29 Feb 2024 23:59:59 GMT"],
    ["9999-12-31T23:59:59Z", "Fri, 31 Dec 9999 23:59:59 GMT"],
  ])("5.6.7-%s", (iso, field) => {
    expect(formatHttpDate(seconds(iso))).toBe(field);
    expect(parseHttpDate(field, NOW)).toBe(seconds(iso));
  });
});

describe("RFC 9110 5.6.7: a leap second is understood: Unix time has it as the next one", () => {
  it.each([
    ["imf", "Sat, 31 Dec 2016 23:59:60 GMT"],
    ["rfc850", "Saturday, 31-Dec-16 23:59:60 GMT"],
    ["asctime", "Sat Dec 31 23:59:60 2016"],
  ])("5.6.7-%s", (_id, field) => {
    expect(parseHttpDate(field, NOW)).toBe(seconds("2017-01-01T00:00:00Z"));
  });
});
