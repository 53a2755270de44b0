/** What the runner in a dynamic Worker and the tail of its logs know of a line. */

/** The argument order of a log line that the runner writes: the tail takes it apart again. */
export type LogLine = [request: string, functionSid: string, text: string];

/** Lines kept of one invocation: what floods is cut, and says so. */
export const MAX_LOG_LINES = 500;

/** Characters kept of one line: it is no place to keep data. */
export const MAX_LOG_MESSAGE = 16 * 1024;

/** What stands after the number of lines that were not kept. */
export const LINES_DROPPED = "more log lines of this invocation were dropped";

/** What stands after the number of times that the line before came again, and was not kept. */
export const LINE_REPEATED = "more lines like the one before";
