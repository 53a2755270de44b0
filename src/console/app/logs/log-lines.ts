/** What a log shows: the newest lines that were written, oldest first. */
import type { LogRepresentation } from "../../../api/representations.ts";

export type LogLevel = LogRepresentation["level"];

/** How many lines are kept: a page that follows for days stays quick. */
export const MOST_LINES = 1_000;

/**
 * A function's lines arrive when it has ended, up to this long after they were written, milliseconds:
 * those of a slow call come after later ones of a quick call.
 */
const LATENESS = 60_000;

/** Returns `shown` with those of `found` (newest first, as the API lists them) that it lacks. */
export function withNewLines(
  shown: LogRepresentation[],
  found: LogRepresentation[],
): LogRepresentation[] {
  const known = new Set(shown.map(({ sid }) => sid));
  const added = found.filter(({ sid }) => !known.has(sid)).reverse();
  return added.length === 0 ? shown : [...shown, ...added].slice(-MOST_LINES);
}

/** Returns the `StartDate` to ask for what follows `shown`; null, for all there is, after nothing. */
export function startDateAfter(shown: LogRepresentation[]): string | null {
  const newest = Math.max(...shown.map(({ date_created }) => Date.parse(date_created)));
  return shown.length === 0 ? null : new Date(newest - LATENESS).toISOString();
}

/** Returns the lines after the one with SID `sid`; all, where there is none. */
export function linesAfter(lines: LogRepresentation[], sid: string | null): LogRepresentation[] {
  return lines.slice(lines.findIndex((line) => line.sid === sid) + 1);
}

/** Which lines are listed: of this level, and of worse ones. */
export function ofLevel(lines: LogRepresentation[], level: LogLevel): LogRepresentation[] {
  const rank = { INFO: 0, WARN: 1, ERROR: 2 };
  return lines.filter((line) => rank[line.level] >= rank[level]);
}
