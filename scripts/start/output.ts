import { stripVTControlCharacters } from "node:util";

/** Lines that wrangler prints for its own sake, after the Worker has started. */
const NOISE = [
  /^\s*$/,
  /^\[wrangler:info\]/,
  /^⎔ /,
  /^🪵 /u,
  /^Using (?:secrets|vars) defined in/,
  /^Your Worker has access to the following bindings/,
  /^Binding\s+Resource/,
  /^env\.\w+ /,
];

/** What wrangler puts before a line that the Worker itself logged as an error or a warning. */
const LOG_LEVEL_MARK = /^(?:✘ \[ERROR\]|▲ \[WARNING\]) (?=\{)/;

/**
 * Returns a line of wrangler's output as a person wants to see it, without colour, or null where it
 * is not worth one: the Worker's own log lines and errors stay.
 */
export function tidyLine(line: string): string | null {
  const plain = stripVTControlCharacters(line).trimEnd();
  if (NOISE.some((pattern) => pattern.test(plain))) return null;
  return plain.replace(LOG_LEVEL_MARK, "");
}
