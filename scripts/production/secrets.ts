import { randomBytes } from "node:crypto";
import { DeployFailure } from "./failure.ts";
import type { Pause } from "./steps.ts";
import { jsonIn, type Wrangler, WranglerFailure } from "./wrangler.ts";

type Secret = {
  name: string;
  question: string;
  isValid: (value: string) => boolean;
  /** Makes one where none is given. */
  generate?: () => string;
};

/** The secrets without which the Worker answers 503. */
export const SECRETS: Secret[] = [
  {
    name: "TWILIO_ACCOUNT_SID",
    question: "the operator's Twilio Account SID (AC…, on the first page of console.twilio.com)",
    isValid: (value) => /^AC[0-9a-fA-F]{32}$/.test(value),
  },
  {
    name: "TWILIO_AUTH_TOKEN",
    question: "its auth token (beside it)",
    isValid: (value) => /^[!-~]+$/.test(value) && !/^0*$/.test(value),
  },
  {
    name: "ENCRYPTION_KEY",
    question: "32 random bytes in base64, or nothing: one is made, which nobody sees",
    isValid: (value) => Buffer.from(value, "base64").length === 32 && /^[\w+/]{43}=$/.test(value),
    generate: () => randomBytes(32).toString("base64"),
  },
];

/** Asks a person for one secret, unseen; null where there is nobody to ask. */
export type Ask = ((question: string) => Promise<string>) | null;

/**
 * Sets the secrets that the Worker lacks, all at once and over wrangler's standard input: taken from
 * the environment, else asked for. One that is set is never set again: another ENCRYPTION_KEY would
 * close what the first has sealed. With `mayBeMissing` what nobody gives is left out, and told.
 */
export async function ensureSecrets(
  wrangler: Wrangler,
  target: string[],
  environment: NodeJS.ProcessEnv,
  ask: Ask,
  mayBeMissing = false,
): Promise<void> {
  const known = await secretNames(wrangler, target);
  const missing = SECRETS.filter(({ name }) => !known.has(name));
  const values: Record<string, string> = {};
  for (const { name, question, isValid, generate } of missing) {
    const given = environment[name] || (await ask?.(`  ${name}, ${question}: `)) || "";
    const value = given === "" && generate ? generate() : given;
    if (value === "" && mayBeMissing) continue;
    if (!isValid(value)) {
      throw new DeployFailure(
        value === ""
          ? `The secret ${name} is missing: set it in the environment, or run this in a terminal.`
          : `${name} is not ${question}.`,
      );
    }
    values[name] = value;
  }
  if (Object.keys(values).length > 0) {
    await wrangler(["secret", "bulk", ...target], JSON.stringify(values));
  }
  for (const { name } of SECRETS) {
    const isThere = known.has(name) ? "is there" : "MISSING: set it in the dashboard";
    console.log(`  ${name} ${name in values ? "set" : isThere}`);
  }
}

async function secretNames(wrangler: Wrangler, target: string[]): Promise<Set<string>> {
  try {
    const printed = await wrangler(["secret", "list", "--format", "json", ...target]);
    return new Set(jsonIn<{ name: string }[]>(printed).map(({ name }) => name));
  } catch (error) {
    // Before the first deployment there is no Worker; `secret bulk` then makes an empty one.
    if (error instanceof WranglerFailure && /^.*Worker "[^"]*".*not found\.$/m.test(error.output)) {
      return new Set();
    }
    throw error;
  }
}

/** Waits for a person to press Enter; null where there is no terminal. */
export function terminalPause(ask: Ask): Pause {
  if (ask === null) return null;
  return async (said) => {
    await ask(
      `\n${said}\nPress Enter when that is done (Ctrl-C stops here; a later run goes on): `,
    );
  };
}

/** Reads a line from the terminal without showing it; null where there is no terminal. */
export function terminalPrompt(): Ask {
  const { stdin, stdout } = process;
  if (!stdin.isTTY || !stdout.isTTY) return null;
  return (question) =>
    new Promise((resolve, reject) => {
      let line = "";
      // Before the question: a terminal shows what is typed, or pasted, until then.
      stdin.setRawMode(true).setEncoding("utf8").resume();
      stdout.write(question);
      const finish = (settle: () => void) => {
        stdin.off("data", read).setRawMode(false).pause();
        stdout.write("\n");
        settle();
      };
      const read = (typed: string) => {
        for (const character of typed) {
          if (character === "\r" || character === "\n") return finish(() => resolve(line.trim()));
          if (character === "\u0003") return finish(() => reject(new DeployFailure("Stopped.")));
          line = character === "\u007f" ? line.slice(0, -1) : line + character;
        }
      };
      stdin.on("data", read);
    });
}
