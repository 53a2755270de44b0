import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { ACCOUNT_SID, AUTH_TOKEN, type Ringback } from "./ringback.ts";

const TWILIO_RUN = createRequire(import.meta.url).resolve("twilio-run/bin/twilio-run.js");

export type Run = {
  code: number | null;
  /** Standard output. */
  out: string;
  /** Standard error, its boxes and line breaks undone. */
  said: string;
};

export type TwilioRun = (args: string[], environment?: Record<string, string>) => Promise<Run>;

/** Returns what runs the `twilio-run` command in `project` against `ringback`. */
export function twilioRunIn(project: string, ringback: Ringback): TwilioRun {
  return (args, environment = {}) => {
    const child = spawn(process.execPath, [TWILIO_RUN, ...args], {
      cwd: project,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: process.env.PATH ?? "",
        HOME: project,
        NODE_EXTRA_CA_CERTS: ringback.caPath,
        TWILIO_EDGE: ringback.edge,
        ...environment,
      },
    });
    let out = "";
    let error = "";
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    child.stderr.on("data", (chunk) => {
      error += chunk;
    });
    return new Promise((resolve) =>
      child.once("close", (code) => {
        const said = error.replace(/(?:\s|│)+/g, " ").trim();
        resolve({ code, out, said });
      }),
    );
  };
}

/** Makes a toolkit project with these files; it is removed when the tests have ended. */
export function makeProject(
  name: string,
  files: Record<string, string | Uint8Array>,
  variables: Record<string, string> = {},
): string {
  const project = mkdtempSync(path.join(tmpdir(), "ringback-project-"));
  process.once("exit", () => rmSync(project, { recursive: true, force: true }));
  const environment = { ACCOUNT_SID, AUTH_TOKEN, ...variables };
  writeFiles(project, {
    "package.json": JSON.stringify({ name, version: "1.0.0", private: true }),
    ".env": Object.entries(environment)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(""),
    ...files,
  });
  return project;
}

export function writeFiles(project: string, files: Record<string, string | Uint8Array>): void {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(project, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}
