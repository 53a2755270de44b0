/** How long log lines are kept (contract 1.7), and how many of one environment. */
export const LOG_DAYS = 30;
export const MAX_LOG_LINES = 10_000;
/** Bytes that count as a line: a longer message counts as several. */
export const BYTES_PER_LINE = 1_600;

/** How long records of requests are kept, how many at most, and how long their statistics. */
export const REQUEST_DAYS = 7;
export const MAX_REQUESTS = 50_000;
export const STATISTICS_DAYS = 30;
