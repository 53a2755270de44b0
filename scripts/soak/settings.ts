import { randomBytes } from "node:crypto";
import { parseCommandLine } from "../command-line.ts";
import { type OperatorCredentials, readOperator } from "../operator.ts";

/** Why the soak does not begin; the message is all that a person needs to see. */
export class SoakFailure extends Error {}

export type SoakSettings = {
  minutes: number;
  /** The origin of a running server; null: one is started. */
  url: string | null;
  credentials: OperatorCredentials;
};

const USAGE = "Usage: npm run soak -- [--minutes 5] [--url http://localhost:8787]";

/**
 * Reads the command line and the environment. A server that runs already knows an operator, who has
 * to be named; one that is started takes anybody. Throws SoakFailure for what it does not understand.
 */
export function readSoakSettings(args: string[], environment: NodeJS.ProcessEnv): SoakSettings {
  const values = readArguments(args);
  const minutes = Number(values.minutes ?? 5);
  if (!(minutes > 0 && minutes <= 120)) {
    throw new SoakFailure(`--minutes is a number up to 120, not "${values.minutes}"\n${USAGE}`);
  }
  if (values.url === undefined) {
    const credentials = { accountSid: `AC${randomHex()}`, authToken: randomHex() };
    return { minutes, url: null, credentials };
  }
  if (!URL.canParse(values.url)) throw new SoakFailure(`"${values.url}" is no URL\n${USAGE}`);
  const credentials = readOperator(environment);
  if (credentials === null) {
    throw new SoakFailure("Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN to those of the operator.");
  }
  return { minutes, url: new URL(values.url).origin, credentials };
}

function readArguments(args: string[]) {
  try {
    return parseCommandLine({
      args,
      options: { minutes: { type: "string" }, url: { type: "string" } },
    }).values;
  } catch (error) {
    throw new SoakFailure(`${(error as Error).message}\n${USAGE}`);
  }
}

function randomHex(): string {
  return randomBytes(16).toString("hex");
}
