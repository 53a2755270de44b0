/**
 * Twilio runs thirty invocations of an account at once and answers 429 to more. Here each isolate of
 * the gateway counts for itself: the point is that one account's hanging functions cannot hold every
 * connection of an isolate, not an exact number over the whole edge.
 */
export const MAX_CONCURRENT = 30;

const running = new Map<string, number>();

/** Takes a place for an invocation; false when the account has none left. */
export function admit(accountSid: string): boolean {
  const count = running.get(accountSid) ?? 0;
  if (count >= MAX_CONCURRENT) return false;
  running.set(accountSid, count + 1);
  return true;
}

/** Gives back a place that `admit` granted. */
export function release(accountSid: string): void {
  const count = (running.get(accountSid) ?? 0) - 1;
  if (count > 0) running.set(accountSid, count);
  else running.delete(accountSid);
}
