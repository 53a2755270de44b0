import { spawn } from "node:child_process";
import { readFileSync, symlinkSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { ACCOUNT_SID, AUTH_TOKEN, type Ringback, startRingback } from "./ringback.ts";
import { makeProject, writeFiles } from "./twilio-run.ts";

const ROOT = path.join(import.meta.dirname, "../../..");
const PAGE = readFileSync(path.join(ROOT, "docs/clients.md"), "utf8");

// Each run of twilio-run takes a second of processor time before it does anything.
vi.setConfig({ testTimeout: 120_000 });

let ringback: Ringback;
let project: string;

beforeAll(async () => {
  ringback = await startRingback();
  project = makeProject("documented", { "assets/hello.txt": "Ahoy" });
  symlinkSync(path.join(ROOT, "node_modules"), path.join(project, "node_modules"));
});
afterAll(() => ringback?.stop());

/** The page's blocks of one language, for the server under test. */
function blocks(language: string): string[] {
  const found = PAGE.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms"));
  return [...found].map(([, block]) =>
    (block as string)
      .replaceAll("localhost:8787", `localhost:${ringback.port}`)
      .replace("$HOME/ringback/.ringback", ringback.stateDirectory),
  );
}

/** Runs a script of bash that ends with its first command that fails. */
function bash(script: string): Promise<{ code: number | null; out: string }> {
  const child = spawn("bash", ["-euc", script], {
    cwd: project,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: `${path.dirname(process.execPath)}:${process.env.PATH}`,
      HOME: project,
      TWILIO_ACCOUNT_SID: ACCOUNT_SID,
      TWILIO_AUTH_TOKEN: AUTH_TOKEN,
    },
  });
  let out = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      out += chunk;
    });
  }
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, out })));
}

describe("docs/clients.md", () => {
  it("has commands that do what it says", async () => {
    const [settings, use, rollBack, ...rest] = blocks("sh") as [string, string, string];
    expect(rest).toEqual([]);
    const used = await bash(settings + use);
    expect(used.code, used.out).toBe(0);
    expect(used.out).toMatch(/documented-\d{4}-stage\.localhost/);
    expect(used.out).toMatch(/^GREETING +Ahoy$/m);
    const buildSid = /^(ZB[0-9a-f]{32}) +completed/m.exec(used.out)?.[1];
    const older = [...used.out.matchAll(/^(ZB[0-9a-f]{32}) +completed/gm)].at(-1)?.[1];
    expect(older).not.toBe(buildSid);
    const rolledBack = await bash(`${settings}BUILD_SID=${older}\n${rollBack}`);
    expect(rolledBack.code, rolledBack.out).toBe(0);
  });

  it("has code that runs", async () => {
    const [settings] = blocks("sh");
    const printed: string[] = [];
    for (const [index, code] of blocks("js").entries()) {
      writeFiles(project, { [`${index}.mjs`]: code });
      const run = await bash(`${settings}node ${index}.mjs`);
      expect(run.code, run.out).toBe(0);
      printed.push(run.out.trim());
    }
    expect(printed).toEqual(["[ 'documented' ]", expect.stringMatching(/^documented-\d{4}$/)]);
  });
});
