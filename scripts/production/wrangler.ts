import { spawn } from "node:child_process";
import { DeployFailure } from "./failure.ts";

/**
 * Runs wrangler and returns what it printed; `input` is its standard input, where there is any, and
 * `accountId` the account for a command that takes none from a configuration.
 */
export type Wrangler = (args: string[], input?: string, accountId?: string) => Promise<string>;

/** What wrangler ended with when it failed. */
export class WranglerFailure extends DeployFailure {
  readonly output: string;

  constructor(args: string[], output: string) {
    super(`wrangler ${args.join(" ")} failed:\n${output.trim()}`);
    this.output = output;
  }
}

/** Returns a runner of the wrangler at `script`, in `directory`. */
export function wranglerAt(script: string, directory: string): Wrangler {
  return (args, input = "", accountId) =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, ["--no-warnings", script, ...args], {
        cwd: directory,
        stdio: ["pipe", "pipe", "pipe"],
        // CI: it asks no question of its own, and takes the answer that goes on.
        env: {
          ...process.env,
          CI: "1",
          WRANGLER_SEND_METRICS: "false",
          WRANGLER_HIDE_BANNER: "true",
          ...(accountId && { CLOUDFLARE_ACCOUNT_ID: accountId }),
        },
      });
      let printed = "";
      let complaint = "";
      child.stdout.on("data", (chunk) => {
        printed += chunk;
      });
      child.stderr.on("data", (chunk) => {
        complaint += chunk;
      });
      child.on("error", reject);
      // One that ends without reading its input is told of by its exit code.
      child.stdin.on("error", () => {});
      child.on("close", (code) => {
        if (code === 0) resolve(printed);
        else reject(new WranglerFailure(args, complaint + printed));
      });
      child.stdin.end(input);
    });
}

/** Reads the JSON in what wrangler printed, which may have lines of its own before it. */
export function jsonIn<Value>(printed: string): Value {
  const start = printed.search(/^[[{]/m);
  try {
    return JSON.parse(printed.slice(Math.max(start, 0))) as Value;
  } catch {
    throw new DeployFailure(`wrangler printed what is not the JSON it was asked for:\n${printed}`);
  }
}
