import { currentCall } from "./call.ts";
import { writeLog } from "./console.ts";
import { inspected } from "./failure.ts";
import { isClosing } from "./work.ts";

/*
 * What ends a process of Node's: an error that nobody catches, a promise that rejects unseen, and
 * process.exit(). The call's answer stands where there is one; the instance has no call after it.
 */
let died = false;

/** Whether a process of Node's would have ended by now. */
export function hasDied(): boolean {
  return died;
}

/** Thrown where the platform would stop at once, and take an answer along that has not left yet. */
const exits = new WeakSet<object>();

/** Whether `error` is what process.exit() leaves by, after an answer. */
export function isExit(error: unknown): boolean {
  return typeof error === "object" && error !== null && exits.has(error);
}

type Origin = "uncaughtException" | "unhandledRejection";

/**
 * Answers 500 for what nobody caught, where there is no answer yet; the function's own listeners of
 * `process` come first, as in Node. Node raises it on `process`, workerd tells nobody.
 */
export function reportUncaught(error: unknown, origin: Origin): void {
  if (isClosing() || isExit(error)) return;
  if (process.listenerCount("uncaughtException") > 0) {
    process.emit("uncaughtException", error as Error, origin);
    return;
  }
  died = true;
  const call = currentCall();
  if (call !== undefined) call.fail(error);
  else writeLog("error", () => inspected(error));
}

/** Makes a promise that rejects unseen the answer of the request it belongs to: 500, as in Node. */
export function answerUnhandledRejections(): void {
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    // The platform tells them by itself.
    if (process.listenerCount("unhandledRejection") > 0) return;
    reportUncaught(event.reason, "unhandledRejection");
  });
}

/** Has process.exit() and process.abort() end the instance alone where there is an answer already. */
export function answerBeforeExit(): void {
  for (const name of ["exit", "abort"] as const) {
    const leave = process[name] as (code?: unknown) => never;
    process[name] = (code?: unknown) => {
      if (currentCall()?.answered() !== true) return leave(code);
      died = true;
      const exit = new Error(`process.${name}(${code ?? ""}) was called`);
      exits.add(exit);
      throw exit;
    };
  }
}
