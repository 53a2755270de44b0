import { type ChildProcessByStdio, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Readable } from "node:stream";
import { afterAll } from "vitest";

export type StartProcess = {
  child: ChildProcessByStdio<null, Readable, Readable>;
  /** All that it has printed so far, standard output and standard error. */
  output(): string;
  /** The numbers of the process and of all that it has started. */
  processes(): number[];
  /** Settles with the exit code once it has ended: null when a signal ended it. */
  ended: Promise<number | null>;
  /** Sends `signal` and returns the exit code once the process has ended. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
};

export type StartedServer = StartProcess & {
  port: number;
  /** `http://localhost:<port>` or https. */
  origin: string;
  stateDirectory: string;
};

export const OPERATOR = {
  TWILIO_ACCOUNT_SID: "ACf00dface5eedcafe0123456789abcdef",
  TWILIO_AUTH_TOKEN: "5eed5eed5eed5eed5eed5eed5eed5eed",
};

export type StartOptions = {
  /** What is run; the start script when not given. */
  command?: [string, ...string[]];
  args?: string[];
  environment?: Record<string, string>;
  stateDirectory?: string;
};

/** Runs the start script as a person would and returns once it is ready. */
export async function startServer(options: StartOptions = {}): Promise<StartedServer> {
  const stateDirectory = options.stateDirectory ?? newStateDirectory();
  const port = await freePort();
  const started = runStart({
    ...options,
    environment: {
      PORT: String(port),
      RINGBACK_STATE: stateDirectory,
      ...options.environment,
    },
  });
  const origin = await new Promise<string>((resolve, reject) => {
    started.child.stdout.on("data", () => {
      const ready = /^Ready on (\S+)$/m.exec(started.output());
      if (ready?.[1]) resolve(ready[1]);
    });
    void started.ended.then((code) => reject(new Error(`${code}: ${started.output()}`)));
  });
  return { ...started, port, origin, stateDirectory };
}

/** Runs the start script to its own end and returns what it printed and its exit code. */
export async function startAndFail(
  options: StartOptions,
): Promise<{ code: number | null; output: string }> {
  const started = runStart(options);
  const code = await started.ended;
  return { code, output: started.output() };
}

/** Runs the start script. */
export function runStart(options: StartOptions): StartProcess {
  const [command, ...args] = options.command ?? [process.execPath, "scripts/start.ts"];
  const child = spawn(command, [...args, ...(options.args ?? [])], {
    cwd: path.join(import.meta.dirname, "../.."),
    env: { ...process.env, ...OPERATOR, ...options.environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      text += chunk;
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  return {
    child,
    output: () => text,
    processes: () => descendants(child.pid ?? 0),
    ended,
    stop: (signal = "SIGTERM") => {
      child.kill(signal);
      return ended;
    },
  };
}

const stateDirectories = mkdtempSync(path.join(tmpdir(), "ringback-state-"));
afterAll(() => rmSync(stateDirectories, { recursive: true, force: true }));

/** Returns a new directory that is removed when the file's tests have ended. */
export function newStateDirectory(): string {
  return mkdtempSync(path.join(stateDirectories, "state-"));
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** Those of `processes` that still run. */
export function alive(processes: number[]): number[] {
  const running = new Set(listProcesses().map(({ pid }) => pid));
  return processes.filter((pid) => running.has(pid));
}

/** The command line of a process that runs. */
export function commandOf(pid: number): string {
  return execFileSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" });
}

function descendants(root: number): number[] {
  const all = listProcesses();
  const found = [root];
  for (const pid of found) {
    found.push(...all.filter(({ parent }) => parent === pid).map((child) => child.pid));
  }
  return found;
}

function listProcesses(): { pid: number; parent: number }[] {
  return execFileSync("ps", ["-A", "-o", "pid=,ppid=,state="], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , state]) => !state?.startsWith("Z"))
    .map(([pid, parent]) => ({ pid: Number(pid), parent: Number(parent) }));
}
