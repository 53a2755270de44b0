import { stripVTControlCharacters } from "node:util";

/** Lines that wrangler prints for its own sake. */
const NOISE = [
  /^\s*$/,
  /^\[wrangler:info\]/,
  /^\[custom build\] Running/,
  /^⎔ /,
  /^🪵 /u,
  /^Using (?:secrets|vars) defined in/,
  /^Your Worker has access to the following bindings/,
  /^Binding\s+Resource/,
  /^env\.\w+ /,
];

/** Warnings of what is meant to be so; each goes on in lines that begin with a space. */
const NEEDLESS_WARNING = /^▲ \[WARNING\] Scheduled Workers are not automatically triggered/;

/** What wrangler puts before a line that the Worker itself logged as an error or a warning. */
const LOG_LEVEL_MARK = /^(?:✘ \[ERROR\]|▲ \[WARNING\]) (?=\{)/;

/**
 * Returns a function that is given wrangler's output line by line, and returns each line as a person
 * wants to see it, without colour, or null where it is not worth one. The Worker's own log lines
 * stay, and all errors.
 */
export function tidier(): (line: string) => string | null {
  let inWarning = false;
  return (line) => {
    const plain = stripVTControlCharacters(line).trimEnd();
    inWarning = NEEDLESS_WARNING.test(plain) || (inWarning && /^(?: |$)/.test(plain));
    if (inWarning || NOISE.some((pattern) => pattern.test(plain))) return null;
    return plain.replace(LOG_LEVEL_MARK, "");
  };
}
