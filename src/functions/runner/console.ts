import { format, inspect } from "node:util";
import {
  LINE_REPEATED,
  LINES_DROPPED,
  type LogLine,
  MAX_LOG_LINES,
  MAX_LOG_MESSAGE,
} from "../../contract/log-line.ts";
import { type Call, currentCall } from "./call.ts";
import { authorStacks } from "./stacks.ts";

type Level = "log" | "info" | "warn" | "error" | "debug";

const { stringify } = JSON;
const { defineProperty, getOwnPropertyDescriptor } = Object;

const platform = Object.fromEntries(
  (["log", "info", "warn", "error", "debug"] as const).map((level) => [
    level,
    guarded(console[level].bind(console)),
  ]),
) as Record<Level, (...line: LogLine) => void>;

/** The platform's console writes text as JSON in the function's own scope, which may have replaced it. */
function guarded(write: (...line: LogLine) => void): (...line: LogLine) => void {
  return (...line) => {
    const replaced = getOwnPropertyDescriptor(JSON, "stringify");
    if (replaced?.value === stringify) return write(...line);
    try {
      defineProperty(JSON, "stringify", { value: stringify, configurable: true });
    } catch {
      // It is frozen, and logs nothing any more.
      return;
    }
    try {
      write(...line);
    } finally {
      if (replaced) defineProperty(JSON, "stringify", replaced);
      else Reflect.deleteProperty(JSON, "stringify");
    }
  };
}

/**
 * Writes one log line, filed under the request and the function that now run. A line like the one
 * before is counted. `text` is made when it is written: a flood ends here, where a line more costs
 * next to nothing.
 */
export function writeLog(level: Level, text: () => string): void {
  const call = currentCall();
  if (call !== undefined && call.lines >= MAX_LOG_LINES) {
    call.lines += 1;
    return;
  }
  // One character more tells the reader that it was cut: whole, it could fill the platform's 256 KB.
  const line = authorStacks(text()).slice(0, MAX_LOG_MESSAGE + 1);
  if (call === undefined) {
    platform[level]("", "", line);
    return;
  }
  if (call.last?.level === level && call.last.text === line) {
    call.last.again += 1;
    return;
  }
  writeRepeated(call);
  call.last = { level, text: line, again: 0 };
  writeLine(call, level, line);
}

/** Tells what of `call` has been counted and not written, if any. */
export function writeLastLines(call: Call): void {
  writeRepeated(call);
  const dropped = call.lines - MAX_LOG_LINES;
  const { request, functionSid } = call.facts;
  if (dropped > 0) platform.warn(request, functionSid, `${dropped} ${LINES_DROPPED}`);
}

function writeRepeated(call: Call): void {
  const { last } = call;
  call.last = null;
  if (last === null || last.again === 0) return;
  writeLine(call, last.level as Level, `${last.again} ${LINE_REPEATED}`);
}

function writeLine(call: Call, level: Level, line: string): void {
  call.lines += 1;
  if (call.lines <= MAX_LOG_LINES)
    platform[level](call.facts.request, call.facts.functionSid, line);
}

/**
 * Makes `console` print what Node's does. The platform's own knows no printf directives, drops
 * stacks, and has no table, dir, trace, group, assert, count or time.
 */
export function replaceConsole(): void {
  const counts = new Map<string, number>();
  const timers = new Map<string, number>();
  // A group that one request leaves open does not indent the next one's lines.
  const indents = new WeakMap<object, string>();
  const write = (level: Level, text: () => string) =>
    writeLog(level, () => {
      const indent = indents.get(currentCall() ?? console) ?? "";
      return indent === "" ? text() : indent + text().replaceAll("\n", `\n${indent}`);
    });
  const setIndent = (change: (indent: string) => string) => {
    const owner = currentCall() ?? console;
    indents.set(owner, change(indents.get(owner) ?? ""));
  };
  const print =
    (level: Level) =>
    (...args: unknown[]) =>
      write(level, () => format(...args));
  const elapsed = (label: string, rest: unknown[]) => {
    const start = timers.get(label);
    if (start === undefined) return print("warn")(`No such label '${label}' for console.timeEnd()`);
    print("log")(`${label}: ${Date.now() - start}ms`, ...rest);
  };
  Object.assign(console, {
    log: print("log"),
    info: print("info"),
    warn: print("warn"),
    error: print("error"),
    debug: print("debug"),
    trace: (...args: unknown[]) =>
      write("error", () => `Trace: ${format(...args)}\n${stackBelow(new Error().stack)}`),
    dir: (value: unknown, options?: object) =>
      write("log", () => inspect(value, { customInspect: false, ...options })),
    dirxml: print("log"),
    table: (value: unknown) => write("log", () => inspect(value, { depth: 4 })),
    assert: (condition: unknown, ...args: unknown[]) => {
      if (condition) return;
      const text = format(...args);
      write("warn", () => (text === "" ? "Assertion failed" : `Assertion failed: ${text}`));
    },
    count: (label = "default") => {
      const count = (counts.get(`${label}`) ?? 0) + 1;
      counts.set(`${label}`, count);
      write("log", () => `${label}: ${count}`);
    },
    countReset: (label = "default") => counts.delete(`${label}`),
    group: (...args: unknown[]) => {
      if (args.length > 0) print("log")(...args);
      setIndent((indent) => `${indent}  `);
    },
    groupCollapsed: (...args: unknown[]) => console.group(...args),
    groupEnd: () => setIndent((indent) => indent.slice(2)),
    time: (label = "default") => timers.set(`${label}`, Date.now()),
    timeLog: (label = "default", ...rest: unknown[]) => elapsed(`${label}`, rest),
    timeEnd: (label = "default") => {
      elapsed(`${label}`, []);
      timers.delete(`${label}`);
    },
  });
  const stream = (level: Level) => (chunk: unknown) => {
    write(level, () => String(chunk).replace(/\n$/, ""));
    return true;
  };
  Object.assign(process.stdout, { write: stream("log") });
  Object.assign(process.stderr, { write: stream("error") });
}

function stackBelow(stack = ""): string {
  return stack.split("\n").slice(2).join("\n");
}
