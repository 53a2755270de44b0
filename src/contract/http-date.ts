const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const MONTH = `(${MONTHS.join("|")})`;
const TIME = "([01]\\d|2[0-3]):([0-5]\\d):([0-5]\\d|60)";

/** RFC 9110 5.6.7: the one form to send and the two obsolete ones that must be understood. */
const IMF_FIXDATE = new RegExp(
  `^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\\d{2}) ${MONTH} (\\d{4}) ${TIME} GMT$`,
);
const RFC850 = new RegExp(
  `^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (\\d{2})-${MONTH}-(\\d{2}) ${TIME} GMT$`,
);
const ASCTIME = new RegExp(
  `^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ${MONTH} (\\d{2}| \\d) ${TIME} (\\d{4})$`,
);

/**
 * Reads an HTTP-date in any of its three forms; null for anything else, and for days that no month
 * has. Returns Unix seconds. `now` (Unix seconds) settles a two-digit year: a date that would lie
 * more than 50 years ahead is of the past century (RFC 9110 5.6.7).
 */
export function parseHttpDate(value: string, now: number): number | null {
  let match = IMF_FIXDATE.exec(value);
  if (match) return seconds(match[3], match[2], match[1], match[4], match[5], match[6]);
  match = RFC850.exec(value);
  if (match) {
    const century = Math.floor(new Date(now * 1000).getUTCFullYear() / 100) * 100;
    const inYear = (year: number) =>
      seconds(year, match?.[2], match?.[1], match?.[4], match?.[5], match?.[6]);
    const year = century + Number(match[3]);
    const date = inYear(year);
    return date !== null && date > fiftyYearsAfter(now) ? inYear(year - 100) : date;
  }
  match = ASCTIME.exec(value);
  if (match) return seconds(match[6], match[1], match[2], match[3], match[4], match[5]);
  return null;
}

function fiftyYearsAfter(now: number): number {
  const date = new Date(now * 1000);
  return date.setUTCFullYear(date.getUTCFullYear() + 50) / 1000;
}

/** Returns the IMF-fixdate of `unixSeconds`. */
export function formatHttpDate(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toUTCString();
}

const latest = { second: 0, field: "" };

/** The Date field of an answer given at `now` (Unix seconds); made once a second. */
export function dateField(now: number): string {
  if (latest.second !== now) {
    latest.second = now;
    latest.field = formatHttpDate(now);
  }
  return latest.field;
}

type Digits = string | number | undefined;

function seconds(
  year: Digits,
  month: Digits,
  day: Digits,
  hour: Digits,
  minute: Digits,
  second: Digits,
): number | null {
  const monthIndex = MONTHS.indexOf(String(month));
  const date = new Date(0);
  date.setUTCFullYear(Number(year), monthIndex, Number(day));
  if (date.getUTCMonth() !== monthIndex || date.getUTCDate() !== Number(day)) return null;
  date.setUTCHours(Number(hour), Number(minute), Number(second));
  return date.getTime() / 1000;
}
