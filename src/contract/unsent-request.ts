/**
 * The header of an answer that the way out of functions gives instead of one from outside: the runner
 * throws what its body says. Thrown there, each would cost the host a stack in its log.
 */
export const UNSENT_HEADER = "ringback-unsent";

/** `refused` by a rule, which stands in the function's logs, or `failed` outside. */
export type Unsent = "refused" | "failed";
