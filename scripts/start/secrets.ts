import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseEnv } from "node:util";
import { StartFailure } from "./failure.ts";

export type Secrets = {
  TWILIO_ACCOUNT_SID: string;
  TWILIO_AUTH_TOKEN: string;
  TWILIO_AUTH_TOKEN_SECONDARY: string;
  ENCRYPTION_KEY: string;
};

/**
 * Returns the Worker's secrets: those of the environment before those of the file `.dev.vars`, which
 * is made with random values where there is none. Throws StartFailure for values of a wrong form.
 */
export function readSecrets(devVarsPath: string, environment: NodeJS.ProcessEnv): Secrets {
  if (!existsSync(devVarsPath)) makeDevVars(devVarsPath);
  const file = parseEnv(readFileSync(devVarsPath, "utf8"));
  // A pair of tokens belongs together: the file's second token says nothing about another first.
  const foreign = Boolean(environment.TWILIO_ACCOUNT_SID || environment.TWILIO_AUTH_TOKEN);
  const value = (name: keyof Secrets) => environment[name] || file[name] || "";
  const secrets: Secrets = {
    TWILIO_ACCOUNT_SID: value("TWILIO_ACCOUNT_SID"),
    TWILIO_AUTH_TOKEN: value("TWILIO_AUTH_TOKEN"),
    TWILIO_AUTH_TOKEN_SECONDARY: foreign
      ? (environment.TWILIO_AUTH_TOKEN_SECONDARY ?? "")
      : value("TWILIO_AUTH_TOKEN_SECONDARY"),
    ENCRYPTION_KEY: value("ENCRYPTION_KEY"),
  };
  check(secrets, path.basename(devVarsPath));
  return secrets;
}

function makeDevVars(devVarsPath: string): void {
  const content = [
    "# Made by the first `npm start`; what each line is for stands in .dev.vars.example.",
    `TWILIO_ACCOUNT_SID="AC${randomBytes(16).toString("hex")}"`,
    `TWILIO_AUTH_TOKEN="${randomBytes(16).toString("hex")}"`,
    'TWILIO_AUTH_TOKEN_SECONDARY=""',
    `ENCRYPTION_KEY="${randomBytes(32).toString("base64")}"`,
    "# For `npx wrangler dev`; `npm start` knows it by itself.",
    'BASE_DOMAIN="localhost:8787"',
    "",
  ].join("\n");
  try {
    writeFileSync(devVarsPath, content, { mode: 0o600, flag: "wx" });
  } catch (error) {
    // Two first starts at once: whoever comes second uses what the first has made.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
      throw new StartFailure(`Cannot write ${devVarsPath}: ${(error as Error).message}`);
    }
  }
}

function check(secrets: Secrets, fileName: string): void {
  const wrong = (name: keyof Secrets, form: string) =>
    new StartFailure(`${name} (from the environment or ${fileName}) is not ${form}`);
  if (!/^AC[0-9a-fA-F]{32}$/.test(secrets.TWILIO_ACCOUNT_SID)) {
    throw wrong("TWILIO_ACCOUNT_SID", "AC and 32 hexadecimal digits");
  }
  const token = /^[\x21-\x26\x28-\x7e]+$/;
  if (!token.test(secrets.TWILIO_AUTH_TOKEN)) {
    throw wrong("TWILIO_AUTH_TOKEN", "printable characters without spaces and apostrophes");
  }
  if (secrets.TWILIO_AUTH_TOKEN_SECONDARY && !token.test(secrets.TWILIO_AUTH_TOKEN_SECONDARY)) {
    throw wrong("TWILIO_AUTH_TOKEN_SECONDARY", "empty or a token");
  }
  if (Buffer.from(secrets.ENCRYPTION_KEY, "base64").length !== 32) {
    throw wrong("ENCRYPTION_KEY", "32 bytes in base64");
  }
}
