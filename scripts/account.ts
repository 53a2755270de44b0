/** `npm run account`: the accounts and API keys of a running control plane (docs/accounts.md). */
import { parseArgs } from "node:util";
import { commands } from "./account/commands.ts";
import { AccountFailure, controlPlane } from "./account/control-plane.ts";

try {
  console.log(await run(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof AccountFailure ? error.message : error);
  process.exitCode = 1;
}

async function run(args: string[]): Promise<string> {
  const { values, positionals } = readArguments(args);
  const [name = "", ...words] = positionals;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) throw new AccountFailure(usage(name));
  const url = values.url ?? process.env.RINGBACK_URL ?? "http://localhost:8787";
  return command.run(controlPlane(url, process.env), words, values);
}

function readArguments(args: string[]) {
  try {
    return parseArgs({
      args,
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

function usage(name: string): string {
  const lines = Object.values(commands).map((command) => `  npm run account -- ${command.usage}`);
  return [
    name === "" ? "Usage:" : `There is no command "${name}". Usage:`,
    ...lines,
    "The control plane is http://localhost:8787, or where --url or RINGBACK_URL says; who asks is",
    "TWILIO_ACCOUNT_SID with TWILIO_AUTH_TOKEN, or whom .dev.vars names.",
  ].join("\n");
}
