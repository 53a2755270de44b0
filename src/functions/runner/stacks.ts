import { BUNDLE_ROOT, WRAPPER_HEAD } from "./protocol.ts";

/*
 * A text that is logged may be a client's, and long: neither expression may start at each of a run of
 * line ends, or of names, and read on to the end of the text. A file's name has at most 270 characters.
 */
const RUNNER_FRAME = /\n[ \t]+at [^\n]*\brunner\.js:\d+:\d+\)?/g;
const FIRST_LINE = new RegExp(`(${BUNDLE_ROOT}/[^:\\n]{1,300}):1:(\\d+)`, "g");

/**
 * Returns `text` with the stacks in it as the function's author knows them: without the runner's
 * frames, and with columns of a first line counted from where the author's own text starts.
 */
export function authorStacks(text: string): string {
  if (!text.includes("runner.js:") && !text.includes(BUNDLE_ROOT)) return text;
  return text
    .replace(RUNNER_FRAME, "")
    .replace(FIRST_LINE, (_, file, column) => `${file}:1:${column - WRAPPER_HEAD.length}`);
}
