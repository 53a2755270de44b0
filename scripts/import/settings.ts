import path from "node:path";
import { parseCommandLine } from "../command-line.ts";
import { ImportFailure } from "./failure.ts";

export type Settings = {
  /** The account at Twilio, AC…. */
  from: string;
  /** Where Twilio's APIs are; null is at Twilio. */
  fromUrl: string | null;
  /** The origin of the Ringback that services come to. */
  to: string;
  /** Names or SIDs of services; null is all of them; empty when nothing was said. */
  services: string[] | null;
  /** The name at Twilio → the name here. */
  rename: Map<string, string>;
  intoExisting: boolean;
  dryRun: boolean;
  privateFrom: string | null;
  withoutPrivate: boolean;
  /** Paths of assets and functions that are left out. */
  skip: Set<string>;
  numbers: null | { apply: boolean; undo: string | null };
  /** Where it is kept what has been copied. Absolute. */
  stateDirectory: string;
};

export const USAGE = `npm run import -- --from AC… [--service NAME … | --all] [--to http://localhost:8787]
  --from AC…           the account at Twilio
  --service NAME       a service to copy, by name or SID; may be given several times
  --all                every service of the account
  --to URL             the Ringback to copy to; http://localhost:8787 when not given
  --dry-run            says what would be done, and changes nothing
  --private-from DIR   the toolkit project with the private assets, which Twilio gives nobody;
                       for several services a folder of such projects, named like the services
  --without-private    makes the builds without the private assets that are missing
  --skip PATH          leaves a file out; may be given several times
  --rename OLD=NEW     the service OLD gets the name NEW here; may be given several times
  --into-existing      copies into services that are here already and were made otherwise
  --numbers            copies nothing: lists what at Twilio points to the old addresses
  --numbers --apply    lets numbers, applications and messaging services point to the new ones
  --numbers --undo FILE   sets back what --apply has changed; it wrote the file
The auth tokens are asked for, or taken from the environment: TWILIO_AUTH_TOKEN is Twilio's;
RINGBACK_ACCOUNT_SID and RINGBACK_AUTH_TOKEN are this Ringback's (a local start's are known).`;

const OPTIONS = {
  from: { type: "string" },
  "from-url": { type: "string" },
  to: { type: "string" },
  service: { type: "string", multiple: true },
  all: { type: "boolean" },
  rename: { type: "string", multiple: true },
  "into-existing": { type: "boolean" },
  "dry-run": { type: "boolean" },
  "private-from": { type: "string" },
  "without-private": { type: "boolean" },
  skip: { type: "string", multiple: true },
  numbers: { type: "boolean" },
  apply: { type: "boolean" },
  undo: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

/** Reads the command line and the environment; throws ImportFailure for what it does not understand. */
export function readImportSettings(args: string[], environment: NodeJS.ProcessEnv): Settings {
  const values = readArguments(args);
  if (values.help) throw new ImportFailure(USAGE);
  const { from } = values;
  if (from === undefined) throw new ImportFailure(`From which account at Twilio?\n${USAGE}`);
  if (!/^AC[0-9a-fA-F]{32}$/.test(from)) {
    throw new ImportFailure(
      `--from is an account SID, AC and 32 hexadecimal digits, not "${from}"`,
    );
  }
  if (values.all && values.service) {
    throw new ImportFailure("Either --service or --all: --all is every service.");
  }
  if (!values.numbers && (values.apply || values.undo !== undefined)) {
    throw new ImportFailure("--apply and --undo go with --numbers.");
  }
  if (values.apply && values.undo !== undefined) {
    throw new ImportFailure("Either --apply or --undo FILE.");
  }
  return {
    from,
    fromUrl: values["from-url"] === undefined ? null : origin("--from-url", values["from-url"]),
    to: origin("--to", values.to ?? "http://localhost:8787"),
    services: values.all ? null : (values.service ?? []),
    rename: readRenames(values.rename ?? []),
    intoExisting: values["into-existing"] ?? false,
    dryRun: values["dry-run"] ?? false,
    privateFrom: values["private-from"] ?? null,
    withoutPrivate: values["without-private"] ?? false,
    skip: new Set(
      values.skip?.map((skipped) => (skipped.startsWith("/") ? skipped : `/${skipped}`)),
    ),
    numbers: values.numbers ? { apply: values.apply ?? false, undo: values.undo ?? null } : null,
    stateDirectory: path.resolve(
      environment.RINGBACK_STATE || path.join(import.meta.dirname, "../../.ringback"),
      "import",
    ),
  };
}

function readArguments(args: string[]) {
  // A secret on the command line is seen by every user of the machine, and kept by the shell.
  if (args.some((word) => /^--(?:auth-?)?(?:token|password|secret)\b/.test(word))) {
    throw new ImportFailure(
      "A token does not belong on the command line. Leave it away: it is asked for, or taken from\n" +
        "TWILIO_AUTH_TOKEN.",
    );
  }
  try {
    return parseCommandLine({ args, options: OPTIONS }).values;
  } catch (error) {
    throw new ImportFailure(`${(error as Error).message.split(". ")[0]}.\n${USAGE}`);
  }
}

function origin(option: string, text: string): string {
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol) && url.username === "") return url.origin;
  throw new ImportFailure(`${option} is a web address like https://example.net, not "${text}"`);
}

function readRenames(renames: string[]): Map<string, string> {
  return new Map(
    renames.map((rename): [string, string] => {
      const [from, to, ...rest] = rename.split("=");
      if (from && to && rest.length === 0) return [from, to];
      throw new ImportFailure(`--rename is the old and the new name, OLD=NEW, not "${rename}"`);
    }),
  );
}
