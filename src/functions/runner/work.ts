/*
 * What functions have begun and not ended: timers, fetches and what is read of their answers, sleeps,
 * sockets. The platform ends all of it with the request that it belongs to, and what waits for it
 * would wait for ever: so a request goes on until it is done.
 */
import { UNSENT_HEADER, type Unsent } from "../../contract/unsent-request.ts";
import { writeLog } from "./console.ts";
import { fetchFailure } from "./outside.ts";

type Anything = (...args: unknown[]) => unknown;
/** The platform says of each immediate that nobody waits for it. */
type TimerKind = { repeated: boolean; immediate: boolean };
type Timer = TimerKind & { due: number };

const { now } = Date;
const { apply } = Reflect;

/** Fetches, reads and sleeps that have not come back. */
let awaited = 0;

const timers = new Map<unknown, Timer>();

/** Sockets that are open, and when a byte last came or went. */
const sockets = new Map<{ destroy(): void }, { moved: number }>();

/** Milliseconds without a byte after which an open socket is kept for later, not used. */
const SOCKET_QUIET = 500;

/** Milliseconds in which their owners hear of their end, and when it was. */
const CLOSING = 20;
let closedAt = Number.NEGATIVE_INFINITY;

/** Whether there is something that may still come to an end within the `within` ms from `time`. */
export function isWorking(time: number, within: number): boolean {
  if (awaited > 0) return true;
  for (const [timer, { due, immediate }] of timers) {
    const waited = immediate || (timer as Partial<NodeJS.Timeout>).hasRef?.() !== false;
    if (waited && due <= time + within) return true;
  }
  for (const { moved } of sockets.values()) if (time - moved < SOCKET_QUIET) return true;
  return false;
}

/** Whether what fails now fails because the sockets of a call that is over have been closed. */
export function isClosing(): boolean {
  return now() - closedAt < CLOSING;
}

export function hasOpenSockets(): boolean {
  return sockets.size > 0;
}

/**
 * They belong to the request that opened them, and end with it: their owners are told. What these say
 * of it, as a pool without a listener does, is no failure of the function.
 */
export function closeSockets(): void {
  closedAt = now();
  for (const socket of sockets.keys()) socket.destroy();
  sockets.clear();
}

/** Counts `promise` as work until it settles, and returns one that settles with it. */
export function countWork<T>(promise: T): T {
  if (!(promise instanceof Promise)) return promise;
  awaited += 1;
  return promise.finally(() => {
    awaited -= 1;
  }) as T;
}

/** Remembers a timer until it has run or is cleared. */
export function timerSet(timer: unknown, milliseconds: unknown, kind: TimerKind): void {
  timers.set(timer, { due: now() + (Number(milliseconds) || 0), ...kind });
}

export function timerRan(timer: unknown): void {
  if (timers.get(timer)?.repeated === false) timers.delete(timer);
}

/** Forgets a timer that is cleared: by itself, or by its number. */
export function timerCleared(cleared: unknown): void {
  if (timers.delete(cleared)) return;
  if (typeof cleared !== "number" && typeof cleared !== "string") return;
  for (const timer of timers.keys()) {
    if (Number(timer) === Number(cleared)) timers.delete(timer);
  }
}

/** Counts what the platform's own objects are asked for. */
export function watchWork(): void {
  const scope = globalThis as unknown as Record<string, Anything>;
  const fetch = scope.fetch as Anything;
  scope.fetch = (...args) => countWork((fetch(...args) as Promise<Response>).then(answered));
  for (const owner of [Response.prototype, Request.prototype, Blob.prototype]) {
    for (const name of ["arrayBuffer", "blob", "bytes", "formData", "json", "text"]) {
      watchMethod(owner, name);
    }
  }
  watchMethod(ReadableStream.prototype, "pipeTo");
  watchMethod(ReadableStreamDefaultReader.prototype, "read");
  watchMethod(ReadableStreamBYOBReader.prototype, "read");
  watchMethod(ReadableStreamBYOBReader.prototype, "readAtLeast");
  watchMethod(WritableStreamDefaultWriter.prototype, "write");
  watchMethod(WritableStreamDefaultWriter.prototype, "close");
  watchMethod(Object.getPrototypeOf(scheduler), "wait");
}

/** Throws what the way out says instead of an answer; what it refuses stands in the function's logs. */
async function answered(response: Response): Promise<Response> {
  const kind = response.headers.get(UNSENT_HEADER) as Unsent | null;
  if (kind === null) return response;
  const told = await response.text();
  if (kind !== "refused") throw fetchFailure(kind, told);
  writeLog("warn", () => told);
  throw new Error(told);
}

/** Counts the promises that the method `name` of `owner` gives, if it has one. */
export function watchMethod(owner: object, name: string): void {
  const methods = owner as Record<string, Anything>;
  const method = methods[name];
  if (typeof method !== "function") return;
  const watched = function (this: unknown, ...args: unknown[]) {
    return countWork(apply(method, this, args));
  };
  Object.defineProperty(watched, "name", { value: name });
  Object.defineProperty(methods, name, { value: watched, writable: true, configurable: true });
}

/** Counts what is awaited of the iterators that the method `name` of `owner` gives. */
export function watchIterator(owner: object, name: string): void {
  const methods = owner as Record<string, Anything>;
  const method = methods[name] as Anything;
  methods[name] = (...args) => {
    const iterator = method(...args) as object;
    watchMethod(iterator, "next");
    return iterator;
  };
}

/** Counts a socket from its connecting until it is closed. */
export function socketOpened(socket: { destroy(): void }): void {
  sockets.set(socket, { moved: now() });
}

/** A byte came or went: it is in use. */
export function socketMoved(socket: { destroy(): void }): void {
  const state = sockets.get(socket);
  if (state) state.moved = now();
}

export function socketClosed(socket: { destroy(): void }): void {
  sockets.delete(socket);
}
