/** `npm run account`: the accounts and API keys of a running control plane (docs/accounts.md). */

import { commands } from "./account/commands.ts";
import { AccountFailure, controlPlane } from "./account/control-plane.ts";
import { givenToken } from "./account/given-token.ts";
import { parseCommandLine } from "./command-line.ts";
import { DeployFailure } from "./production/failure.ts";
import { terminalPrompt } from "./production/secrets.ts";

try {
  console.log(await run(process.argv.slice(2)));
} catch (error) {
  const isExpected = error instanceof AccountFailure || error instanceof DeployFailure;
  console.error(isExpected ? error.message : error);
  process.exitCode = 1;
}

async function run(args: string[]): Promise<string> {
  const { values, positionals } = readArguments(args);
  const [name = "", ...words] = positionals;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) throw new AccountFailure(usage(name));
  const url = values.url ?? process.env.RINGBACK_URL ?? "http://localhost:8787";
  const plane = controlPlane(url, process.env);
  const token = await givenToken(values.token, process.env, terminalPrompt());
  return command.run(plane, words, { ...values, token });
}

function readArguments(args: string[]) {
  try {
    return parseCommandLine({
      args: withTokenWord(args),
      allowPositionals: true,
      options: {
        url: { type: "string" },
        sid: { type: "string" },
        token: { type: "string" },
        yes: { type: "boolean" },
      },
    });
  } catch (error) {
    throw new AccountFailure(`${(error as Error).message}\n${usage("")}`);
  }
}

/** `--token` alone asks for the token; parseArgs wants a value for every option that may have one. */
function withTokenWord(args: string[]): string[] {
  return args.map((word, index) => {
    const next = args[index + 1];
    const isAlone = word === "--token" && (next === undefined || next.startsWith("--"));
    return isAlone ? "--token=" : word;
  });
}

function usage(name: string): string {
  const lines = Object.values(commands).map((command) => `  npm run account -- ${command.usage}`);
  return [
    name === "" ? "Usage:" : `There is no command "${name}". Usage:`,
    ...lines,
    "The control plane is http://localhost:8787, or where --url or RINGBACK_URL says; who asks is",
    "TWILIO_ACCOUNT_SID with TWILIO_AUTH_TOKEN, or whom .dev.vars names. --token takes the account's",
    "token from NEW_AUTH_TOKEN, or asks for it.",
  ].join("\n");
}
