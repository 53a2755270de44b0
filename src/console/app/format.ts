/** Returns `bytes` for people: `812 B`, `4.2 kB`, `25 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 9.95 ? value.toFixed(1).replace(/\.0$/, "") : Math.round(value)} ${units[unit]}`;
}

/** Returns how long ago `date` (ISO 8601) was: `just now`, `5 min ago`, `3 Nov`, `3 Nov 2025`. */
export function formatAge(date: string, now = Date.now()): string {
  const time = Date.parse(date);
  const seconds = Math.round((now - time) / 1000);
  if (seconds < 45) return "just now";
  if (seconds < 3_600) return `${Math.max(1, Math.round(seconds / 60))} min ago`;
  if (seconds < 86_400) return `${Math.round(seconds / 3_600)} h ago`;
  const then = new Date(time);
  const sameYear = then.getFullYear() === new Date(now).getFullYear();
  return then.toLocaleDateString("en-GB", {
    day: "numeric",
    month: "short",
    ...(sameYear ? {} : { year: "numeric" }),
  });
}

/** Returns the whole date and time for people, in their time zone. */
export function formatTime(date: string): string {
  return new Date(date).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "medium" });
}

/** Returns `1 file`, `20 files`, `2 dependencies`. */
export function count(number: number, noun: string): string {
  const nouns = noun.endsWith("y") ? `${noun.slice(0, -1)}ies` : `${noun}s`;
  return `${number.toLocaleString("en-GB")} ${number === 1 ? noun : nouns}`;
}

/** Returns seconds as `9.8 s`, and from a minute on as `12:30`. */
export function formatDuration(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** Returns a limit in the unit it was set in: `25 MiB` for 26,214,400, `5 MB` for 5,000,000. */
export function formatLimit(bytes: number): string {
  const mebibytes = bytes / 1_048_576;
  return Number.isInteger(mebibytes) && mebibytes > 0 ? `${mebibytes} MiB` : formatBytes(bytes);
}
