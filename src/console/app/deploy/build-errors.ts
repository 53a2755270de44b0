import type { BuildErrorRepresentation } from "../../../api/representations.ts";

/**
 * Reads the API's refusal of a build, a line for each thing that is wrong: `/voice line 3: …`,
 * `/voice: …`, or a sentence alone. Returns null where no line is about one of `paths`.
 */
export function buildErrorsOf(message: string, paths: string[]): BuildErrorRepresentation[] | null {
  // Of two paths that a line starts with the longer one is meant.
  const known = [...paths].sort((left, right) => right.length - left.length);
  const errors = message.split("\n").map((line) => errorOf(line, known));
  return errors.some(({ path }) => path !== undefined) ? errors : null;
}

function errorOf(line: string, paths: string[]): BuildErrorRepresentation {
  for (const path of paths) {
    if (!line.startsWith(path)) continue;
    const rest = /^(?: line (\d+))?: (.*)$/s.exec(line.slice(path.length));
    if (!rest) continue;
    const [, number, text] = rest as unknown as [string, string | undefined, string];
    return { path, message: text, ...(number === undefined ? {} : { line: Number(number) }) };
  }
  return { message: line };
}
