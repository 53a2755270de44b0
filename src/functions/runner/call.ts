import { AsyncLocalStorage } from "node:async_hooks";
import type { FunctionCall } from "./protocol.ts";

/** A request that is being answered. */
export type Call = {
  facts: FunctionCall;
  /** Lines that it has logged so far. */
  lines: number;
  /** The line that it logged last, and how often it came again. */
  last: { level: string; text: string; again: number } | null;
  answered(): boolean;
  /** Twilio's `callback(error, result)`: the first call answers, any later one is only logged. */
  callback(error?: unknown, result?: unknown): void;
  /** Answers 500 for what was thrown or rejected; logged alone when there is an answer already. */
  fail(error: unknown): void;
};

const calls = new AsyncLocalStorage<Call>();

/** Runs `work` so that everything it starts, now or later, belongs to `call`. */
export function runInCall<T>(call: Call, work: () => T): T {
  return calls.run(call, work);
}

/** The call that the code now running belongs to; undefined outside of any. */
export function currentCall(): Call | undefined {
  return calls.getStore();
}
