import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import { StartFailure } from "./failure.ts";
import type { RuntimeOptions } from "./runtime.ts";

export type Gateway = {
  /** Settles once the Worker answers; fails when it never does. */
  ready: Promise<void>;
  /** Settles when the process has ended. */
  ended: Promise<void>;
  /** Ends the process and all its children, by force when they take longer than five seconds. */
  stop(): Promise<void>;
};

const READY_TIMEOUT_SECONDS = 300;
const STOP_TIMEOUT_SECONDS = 5;

/** Starts the Worker in a process of its own, which prints what the Worker logs. */
export function startGateway(options: RuntimeOptions): Gateway {
  const child = spawn(
    process.execPath,
    ["--no-warnings", path.join(import.meta.dirname, "gateway-process.ts")],
    {
      cwd: path.dirname(options.configPath),
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      // A group of its own: Ctrl-C reaches this process alone, which then stops its children in order.
      detached: true,
    },
  );
  child.stdout?.pipe(process.stdout, { end: false });
  child.stderr?.pipe(process.stderr, { end: false });
  child.send(options);
  // However it ended, nothing that it started stays behind.
  child.once("exit", () => killGroup(child));
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let timeout: NodeJS.Timeout | undefined;
  const ready = new Promise<void>((resolve, reject) => {
    const fail = (reason: string) => reject(new StartFailure(`The gateway ${reason}.`));
    // Its one message: it is ready.
    child.once("message", () => resolve());
    child.once("close", () => fail("did not start"));
    timeout = setTimeout(
      () => fail(`is not ready after ${READY_TIMEOUT_SECONDS} s`),
      READY_TIMEOUT_SECONDS * 1000,
    );
  }).finally(() => clearTimeout(timeout));
  return { ready, ended, stop: () => end(child, ended) };
}

async function end(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill("SIGTERM");
  const force = setTimeout(() => killGroup(child), STOP_TIMEOUT_SECONDS * 1000);
  await ended;
  clearTimeout(force);
}

/** Kills what is left of the process's group: itself, the bundler and the runtime. */
function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid) process.kill(-pid, "SIGKILL");
  } catch {
    // Nothing is left.
  }
}
