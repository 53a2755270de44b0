import timers from "node:timers";
import { promisify } from "node:util";
import { reportUncaught } from "./uncaught.ts";
import { timerCleared, timerRan, timerSet } from "./work.ts";

type Callback = (...args: unknown[]) => unknown;
type Scheduler = (callback: Callback, ...rest: unknown[]) => unknown;

/**
 * Makes an error thrown in a timer, a tick or a microtask the answer of the request that set it:
 * Node raises `uncaughtException` there, workerd tells nobody and the request would wait for its
 * time-out.
 */
export function guardScheduledCallbacks(): void {
  const scope = globalThis as unknown as Record<string, Scheduler>;
  const replace = (name: string, scheduler: Scheduler) => {
    scope[name] = scheduler;
    if (name in timers) (timers as unknown as Record<string, Scheduler>)[name] = scheduler;
  };
  for (const name of ["setTimeout", "setInterval", "setImmediate"]) {
    replace(name, guardedTimer(scope[name] as Scheduler, name === "setInterval"));
  }
  replace("queueMicrotask", guardedScheduler(scope.queueMicrotask as Scheduler));
  for (const name of ["clearTimeout", "clearInterval", "clearImmediate"]) {
    const clear = scope[name] as Callback;
    replace(name, (timer) => {
      timerCleared(timer);
      return clear(timer);
    });
  }
  // util.promisify(setTimeout): Node's functions bring their own promised forms, workerd's do not.
  promise("setTimeout", (delay, value) => (resolve) => setTimeout(resolve, delay as number, value));
  promise("setImmediate", (value) => (resolve) => setImmediate(resolve, value));
  process.nextTick = guardedScheduler(process.nextTick as Scheduler) as typeof process.nextTick;
}

/**
 * Takes the Cache API away: Node has none, and what the platform keeps in a cache it may keep for a
 * whole zone, where the gateway keeps the bytes of assets.
 */
export function withholdCaches(): void {
  for (let scope: object | null = globalThis; scope; scope = Object.getPrototypeOf(scope)) {
    Reflect.deleteProperty(scope, "caches");
  }
}

type Executor = (resolve: (value: unknown) => void) => unknown;

function promise(name: string, executor: (...args: unknown[]) => Executor): void {
  const scheduler = (globalThis as unknown as Record<string, object>)[name] as object;
  const promised = (...args: unknown[]) => new Promise(executor(...args));
  Object.defineProperty(scheduler, promisify.custom, { value: promised, configurable: true });
}

function guardedScheduler(schedule: Scheduler): Scheduler {
  const guarded: Scheduler = (callback, ...rest) =>
    schedule(typeof callback === "function" ? guardedCallback(callback) : callback, ...rest);
  return Object.defineProperties(guarded, Object.getOwnPropertyDescriptors(schedule));
}

/** A timer that is remembered too, as work that goes on, until it has run or is cleared. */
function guardedTimer(schedule: Scheduler, repeated: boolean): Scheduler {
  const guarded: Scheduler = (callback, ...rest) => {
    if (typeof callback !== "function") return schedule(callback, ...rest);
    const run = guardedCallback(callback);
    const timer = schedule(
      (...args: unknown[]) => {
        timerRan(timer);
        return run(...args);
      },
      ...rest,
    );
    const immediate = schedule.name === "setImmediate";
    // The second argument of setImmediate is one of its callback's.
    timerSet(timer, immediate ? 0 : rest[0], { repeated, immediate });
    return timer;
  };
  return Object.defineProperties(guarded, Object.getOwnPropertyDescriptors(schedule));
}

function guardedCallback(callback: Callback): Callback {
  return (...args) => {
    try {
      return callback(...args);
    } catch (error) {
      reportUncaught(error, "uncaughtException");
    }
  };
}
