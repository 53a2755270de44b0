import http from "node:http";
import https from "node:https";
import timers from "node:timers";
import { inspect } from "node:util";
import { currentCall } from "./call.ts";
import { writeLog } from "./console.ts";

type Callback = (...args: unknown[]) => unknown;
type Scheduler = (callback: Callback, ...rest: unknown[]) => unknown;

/**
 * Makes an error thrown in a timer, a tick or a microtask the answer of the request that set it:
 * Node raises `uncaughtException` there, workerd tells nobody and the request would wait for its
 * time-out.
 */
export function guardScheduledCallbacks(): void {
  const scope = globalThis as unknown as Record<string, Scheduler>;
  for (const name of ["setTimeout", "setInterval", "setImmediate", "queueMicrotask"]) {
    const guarded = guardedScheduler(scope[name] as Scheduler);
    scope[name] = guarded;
    if (name in timers) (timers as unknown as Record<string, Scheduler>)[name] = guarded;
  }
  process.nextTick = guardedScheduler(process.nextTick as Scheduler) as typeof process.nextTick;
}

function guardedScheduler(schedule: Scheduler): Scheduler {
  const guarded: Scheduler = (callback, ...rest) =>
    schedule(typeof callback === "function" ? guardedCallback(callback) : callback, ...rest);
  // util.promisify.custom, and whatever else Node hangs on these functions.
  return Object.defineProperties(guarded, Object.getOwnPropertyDescriptors(schedule));
}

function guardedCallback(callback: Callback): Callback {
  return (...args) => {
    try {
      return callback(...args);
    } catch (error) {
      reportFailure(error);
    }
  };
}

/** Makes a promise that rejects unseen the answer of the request it belongs to: 500, as in Node. */
export function answerUnhandledRejections(): void {
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    reportFailure(event.reason);
  });
}

function reportFailure(error: unknown): void {
  const call = currentCall();
  if (call !== undefined) call.fail(error);
  else writeLog("error", inspect(error));
}

/**
 * Lets a request's headers be lists, as node-fetch passes them: workerd's node:http takes a list only
 * where there is no body.
 */
export function acceptHeaderLists(): void {
  for (const module of [http, https]) {
    const { request } = module;
    const patched = (...args: unknown[]) =>
      (request as (...args: unknown[]) => http.ClientRequest)(...args.map(withJoinedHeaders));
    Object.assign(module, {
      request: patched,
      get: (...args: unknown[]) => patched(...args).end(),
    });
  }
}

function withJoinedHeaders(argument: unknown): unknown {
  if (typeof argument !== "object" || argument === null || argument instanceof URL) return argument;
  const { headers } = argument as { headers?: unknown };
  if (typeof headers !== "object" || headers === null || Array.isArray(headers)) return argument;
  const joined = Object.entries(headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(", ") : value,
  ]);
  return { ...argument, headers: Object.fromEntries(joined) };
}
