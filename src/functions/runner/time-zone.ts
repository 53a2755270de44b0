/*
 * `process.env.TZ` moves Node's Date, whenever it is set; the platform's stands at UTC. A local time is
 * kept as the UTC time of the same fields: what is missing is the distance between the two.
 */
const PlatformDate = Date;
const { DateTimeFormat } = Intl;
const MINUTE = 60_000;

type DateMethod = (this: Date, ...args: never[]) => unknown;

const formats = new Map<string, Intl.DateTimeFormat | null>();

/** Follows `process.env.TZ`, from its first value on: until then Date is the platform's own. */
export function followTimeZone(): void {
  if (process.env.TZ !== undefined) {
    install();
    return;
  }
  const { env } = process;
  const followed = new Proxy(env, {
    set(target, name, value) {
      if (name === "TZ") install();
      return Reflect.set(target, name, value);
    },
  });
  Object.defineProperty(process, "env", { value: followed, writable: true, configurable: true });
}

/** The format that tells a time's fields in the zone that is set; null for UTC, and for what is none. */
function zoneFormat(): Intl.DateTimeFormat | null {
  const zone = (process.env.TZ ?? "").replace(/^:/, "");
  if (zone === "") return null;
  let format = formats.get(zone);
  if (format === undefined) {
    try {
      format = new DateTimeFormat("en-US", {
        ...{ timeZone: zone, hourCycle: "h23", era: "short" },
        ...{ year: "numeric", month: "numeric", day: "numeric" },
        ...{ hour: "numeric", minute: "numeric", second: "numeric" },
      });
    } catch {
      format = null;
    }
    if (formats.size > 100) formats.clear();
    formats.set(zone, format);
  }
  return format;
}

/** Milliseconds that local time is ahead of UTC at `time`. */
function offsetAt(time: number): number {
  const format = zoneFormat();
  if (format === null || Number.isNaN(time)) return 0;
  const part: Record<string, string> = {};
  for (const { type, value } of format.formatToParts(time)) part[type] = value;
  const year = part.era === "BC" ? 1 - Number(part.year) : Number(part.year);
  const local = new PlatformDate(0);
  local.setUTCFullYear(year, Number(part.month) - 1, Number(part.day));
  local.setUTCHours(Number(part.hour), Number(part.minute), Number(part.second));
  return local.getTime() - Math.floor(time / 1000) * 1000;
}

/** Of two times with the same fields, when clocks are put back, the first, as in Node. */
function fromLocal(local: number): number {
  const guess = local - offsetAt(local);
  const before = local - offsetAt(guess - 24 * 60 * MINUTE);
  if (before + offsetAt(before) === local) return before;
  const after = local - offsetAt(guess + 24 * 60 * MINUTE);
  return after + offsetAt(after) === local ? after : before;
}

/** Says its zone, or is a date alone, which ISO 8601 reads as UTC. */
const ABSOLUTE =
  /(?:Z|GMT|UTC?|[ECMP][SD]T|[+-]\d{2}:?\d{2}|\([^()]*\))\s*$|^\s*[+-]?\d{4,6}(?:-\d\d){0,2}\s*$/i;

function parse(text: string): number {
  const time = PlatformDate.parse(text);
  return ABSOLUTE.test(text) ? time : fromLocal(time);
}

let installed = false;

function install(): void {
  if (installed) return;
  installed = true;
  replaceMethods();
  globalThis.Date = new Proxy(PlatformDate, {
    apply: () => new globalThis.Date().toString(),
    construct(target, args: unknown[], newTarget) {
      return Reflect.construct(target, timeOf(args), newTarget) as object;
    },
    get: (target, name) => (name === "parse" ? parse : Reflect.get(target, name)),
  });
  Object.defineProperty(PlatformDate.prototype, "constructor", { value: globalThis.Date });
  Intl.DateTimeFormat = new Proxy(DateTimeFormat, {
    apply: (target, _, [locales, options]) => target(locales, inZone(options)),
    construct: (target, [locales, options], newTarget) =>
      Reflect.construct(target, [locales, inZone(options)], newTarget) as object,
  });
  Object.defineProperty(DateTimeFormat.prototype, "constructor", { value: Intl.DateTimeFormat });
}

/** Options of a format, with the zone that is set where they name none. */
function inZone(options: Intl.DateTimeFormatOptions = {}): Intl.DateTimeFormatOptions {
  return { ...options, timeZone: options.timeZone ?? zoneName() };
}

function timeOf(args: unknown[]): unknown[] {
  if (args.length > 1) {
    return [fromLocal(PlatformDate.UTC(...(args.map(Number) as [number, number])))];
  }
  return typeof args[0] === "string" ? [parse(args[0])] : args;
}

function replaceMethods(): void {
  const prototype = PlatformDate.prototype as unknown as Record<string, DateMethod>;
  const { getTime, setTime } = PlatformDate.prototype;
  const shifted = (date: Date) => {
    const time = getTime.call(date);
    return new PlatformDate(time + offsetAt(time));
  };
  const replace = (name: string, method: DateMethod) => {
    Object.defineProperty(prototype, name, { value: method, writable: true, configurable: true });
  };
  for (const field of ["FullYear", "Month", "Date", "Day", "Hours", "Minutes", "Seconds"]) {
    const get = prototype[`getUTC${field}`] as DateMethod;
    replace(`get${field}`, function () {
      return get.call(shifted(this));
    });
    const set = prototype[`setUTC${field}`];
    if (set === undefined) continue;
    replace(`set${field}`, function (...args) {
      const local = shifted(this);
      set.apply(local, args);
      return setTime.call(this, fromLocal(local.getTime()));
    });
  }
  replace("getYear", function () {
    return this.getFullYear() - 1900;
  });
  replace("getTimezoneOffset", function () {
    const time = getTime.call(this);
    return Number.isNaN(time) ? time : -Math.round(offsetAt(time) / MINUTE) + 0;
  });
  const plain = PlatformDate.prototype.toUTCString;
  const date = (at: Date) => {
    const [day = "", number, month, year] = plain.call(at).split(/,? /);
    return `${day} ${month} ${number} ${year}`;
  };
  const clock = (at: Date, offset: number) => {
    const minutes = Math.abs(Math.round(offset / MINUTE));
    const hhmm = [Math.floor(minutes / 60), minutes % 60].map((n) => `${n}`.padStart(2, "0"));
    const name = new DateTimeFormat("en-US", { timeZone: zoneName(), timeZoneName: "long" })
      .formatToParts(at.getTime() - offset)
      .find(({ type }) => type === "timeZoneName")?.value;
    const time = plain.call(at).slice(-12, -4);
    return `${time} GMT${offset < 0 ? "-" : "+"}${hhmm.join("")} (${name})`;
  };
  const said = (say: (at: Date, offset: number) => string): DateMethod =>
    function () {
      const time = getTime.call(this);
      if (Number.isNaN(time)) return "Invalid Date";
      const offset = offsetAt(time);
      return say(new PlatformDate(time + offset), offset);
    };
  replace("toDateString", said(date));
  replace("toTimeString", said(clock));
  replace(
    "toString",
    said((at, offset) => `${date(at)} ${clock(at, offset)}`),
  );
  for (const name of ["toLocaleString", "toLocaleDateString", "toLocaleTimeString"]) {
    const own = prototype[name] as (this: Date, locales?: string, options?: object) => string;
    replace(name, function (locales?: string, options?: object) {
      return own.call(this, locales, inZone(options));
    } as DateMethod);
  }
}

function zoneName(): string {
  return zoneFormat()?.resolvedOptions().timeZone ?? "UTC";
}
