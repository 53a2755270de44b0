import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import http from "node:http";
import path from "node:path";
import { build } from "esbuild";

const ROOT = path.join(import.meta.dirname, "../..");
export const COMPATIBILITY_DATE = "2026-10-20";

/** Bundles a file of this folder as the single module of a Worker. */
export async function bundle(entry: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [path.join(import.meta.dirname, entry)],
    outfile,
    bundle: true,
    minify: true,
    format: "esm",
    target: "esnext",
    conditions: ["workerd", "worker", "browser"],
    external: ["node:*", "cloudflare:*"],
    logLevel: "error",
  });
}

/** One Worker of a configuration; `modules` and `bindings` in the syntax of workerd.capnp. */
export function service(name: string, modules: string, bindings = ""): string {
  return (
    `(name = "${name}", worker = (modules = [${modules}], bindings = [${bindings}], ` +
    `compatibilityDate = "${COMPATIBILITY_DATE}"))`
  );
}

/** A socket on which the service of the same name answers. */
export function socket(name: string, port: number): string {
  return `(name = "${name}", address = "127.0.0.1:${port}", http = (), service = "${name}")`;
}

/**
 * Starts workerd with a configuration that is written to `file`, whose `embed`s are beside it. What
 * it prints goes nowhere; that it ends by itself is an error.
 */
export async function startWorkerd(
  file: string,
  services: string[],
  sockets: string[],
): Promise<ChildProcess> {
  await writeFile(
    file,
    `using Workerd = import "/workerd/workerd.capnp";\n` +
      `const config :Workerd.Config = (services = [${services.join(",\n")}], sockets = [${sockets.join(",\n")}]);\n`,
  );
  const workerd = path.join(ROOT, "node_modules/.bin/workerd");
  // Worker Loader is experimental in plain workerd.
  const child = spawn(workerd, ["serve", "--experimental", file], { stdio: "ignore" });
  child.once("exit", (code) => {
    if (code) throw new Error(`workerd ended with ${code}`);
  });
  return child;
}

/** Resolves once something answers on `port`. */
export async function listening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt++) {
    const request = http.request({ port, host: "127.0.0.1", path: "/" });
    request.end();
    const answered = await new Promise((resolve) => {
      request.once("response", (response) => resolve(response.resume()));
      request.once("error", () => resolve(false));
    });
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`nothing listens on port ${port}`);
}

/** Microseconds that a process has run for so far; 0 where the system does not tell (Linux does). */
export function processorTime(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return (Number(fields[11]) + Number(fields[12])) * 10_000;
  } catch {
    return 0;
  }
}

/** Bytes that a process holds in memory now; null where the system does not tell (Linux does). */
export function residentBytes(pid: number): number | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return null;
  }
}

/** The processes of the runtime that this process has started. */
export function runtimes(): number[] {
  try {
    const children = execFileSync("ps", ["-A", "-o", "pid=,ppid=,comm="], { encoding: "utf8" });
    return children
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .filter(([, parent, name]) => Number(parent) === process.pid && name?.includes("workerd"))
      .map(([pid]) => Number(pid));
  } catch {
    return [];
  }
}
