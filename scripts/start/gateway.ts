import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import { createInterface } from "node:readline";
import { StartFailure } from "./failure.ts";
import { tidier } from "./output.ts";

export type GatewayOptions = {
  configPath: string;
  /** Where wrangler listens, on the loopback address. */
  port: number;
  /** What is in front of it speaks TLS, so the Worker's URLs are https. */
  https: boolean;
  variables: Record<string, string>;
  /** Files of secrets; what stands in a later one wins. */
  secretFiles: string[];
  state: { directory: string; logs: string; registry: string };
};

export type Gateway = {
  /** Settles once the Worker listens; fails with what wrangler had to say when it never does. */
  ready: Promise<void>;
  /** Settles when the process has ended. */
  ended: Promise<void>;
  /** Ends the process and all its children, by force when they take longer than five seconds. */
  stop(): Promise<void>;
};

const READY_TIMEOUT_SECONDS = 300;
const STOP_TIMEOUT_SECONDS = 5;

/** Starts the Worker in its local runtime; nothing that this starts reaches for a network. */
export function startGateway(options: GatewayOptions): Gateway {
  const child = spawnWrangler(options);
  const output = relayOutput(child);
  // However wrangler ended, nothing that it started stays behind.
  child.once("exit", () => killGroup(child));
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let timeout: NodeJS.Timeout | undefined;
  const ready = new Promise<void>((resolve, reject) => {
    const fail = (reason: string) =>
      reject(new StartFailure([`The gateway ${reason}.`, ...output.unsaid].join("\n")));
    // Wrangler's one message to the process that started it: it listens.
    child.once("message", () => {
      output.shown = true;
      resolve();
    });
    child.once("close", () => fail("did not start"));
    timeout = setTimeout(
      () => fail(`is not ready after ${READY_TIMEOUT_SECONDS} s`),
      READY_TIMEOUT_SECONDS * 1000,
    );
  }).finally(() => clearTimeout(timeout));
  const stop = () => {
    // What it says at its end, its bundler's last words say, is of no use to anyone.
    output.shown = false;
    return end(child, ended);
  };
  return { ready, ended, stop };
}

function spawnWrangler({ configPath, port, https, variables, secretFiles, state }: GatewayOptions) {
  const wrangler = createRequire(import.meta.url).resolve("wrangler");
  const followParent = path.join(import.meta.dirname, "follow-parent.ts");
  const args = [
    ["--no-warnings", "--import", followParent, wrangler, "dev"],
    ["--config", configPath],
    ["--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0"],
    ["--persist-to", state.directory, "--show-interactive-dev-session=false"],
    ["--upstream-protocol", https ? "https" : "http"],
    ...Object.entries(variables).map(([name, value]) => ["--var", `${name}:${value}`]),
    ...secretFiles.map((file) => ["--env-file", file]),
  ].flat();
  return spawn(process.execPath, args, {
    cwd: path.dirname(configPath),
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    // A group of its own: Ctrl-C reaches this process alone, which then stops its children in order.
    detached: true,
    env: {
      ...process.env,
      // wrangler.toml's build command says `node`, and means one that reads TypeScript.
      PATH: [path.dirname(process.execPath), process.env.PATH].join(path.delimiter),
      // Wrangler asks for a version, a cf object and a place to send figures, unless told not to.
      WRANGLER_SEND_METRICS: "false",
      WRANGLER_HIDE_BANNER: "true",
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
      // A page that shows every stored value to whoever can reach the port.
      X_LOCAL_EXPLORER: "false",
      X_LOCAL_OBSERVABILITY: "false",
      WRANGLER_LOG_PATH: state.logs,
      WRANGLER_REGISTRY_PATH: state.registry,
    },
  });
}

type Output = { shown: boolean; unsaid: string[] };

/** Prints the Worker's log while it is to be shown; what else is said is kept. */
function relayOutput(child: ChildProcess): Output {
  const output: Output = { shown: false, unsaid: [] };
  for (const [stream, sink] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const) {
    if (!stream) continue;
    const tidy = tidier();
    createInterface({ input: stream }).on("line", (raw) => {
      const line = tidy(raw);
      if (line === null) return;
      if (output.shown) sink.write(`${line}\n`);
      else output.unsaid.push(line);
    });
  }
  return output;
}

async function end(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill("SIGTERM");
  const force = setTimeout(() => killGroup(child), STOP_TIMEOUT_SECONDS * 1000);
  await ended;
  clearTimeout(force);
}

/** Kills what is left of the process's group: wrangler, the bundler and the runtimes it started. */
function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid) process.kill(-pid, "SIGKILL");
  } catch {
    // Nothing is left.
  }
}
