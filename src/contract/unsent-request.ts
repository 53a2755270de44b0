/**
 * The header of an answer that the way out of functions gives instead of one from outside: the runner
 * throws what it says. Thrown there, each would cost the host a stack in its log.
 */
export const UNSENT_HEADER = "ringback-unsent";

/**
 * Why nothing came: `refused` by a rule, in words of the body, which stand in the function's logs; or
 * outside, where the body is the host: its name was `not-found`, its certificate is `untrusted`, or the
 * connection was `lost`.
 */
export type Unsent = "refused" | "not-found" | "untrusted" | "lost";
