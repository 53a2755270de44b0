/**
 * Stands in for wrangler: does to a file what wrangler does to an account, writes down how it was
 * called, and fails at the call it is told to, before or after it has done its work.
 *
 *   node fake-wrangler.ts <arguments as wrangler's>      with FAKE_ACCOUNT, the file
 */
import { readFileSync, writeFileSync } from "node:fs";

export type Account = {
  namespaces: { id: string; title: string }[];
  buckets: string[];
  databases: { uuid: string; name: string }[];
  migrated: boolean;
  /** Null: there is no Worker yet. */
  secrets: Record<string, string> | null;
  /** What the deployed code was given; null before it is. */
  deployed: { namespace: string; database: string; domain: string | null; routes: string[] } | null;
  calls: string[];
  failAt: { call: number; when: "before" | "after" } | null;
};

export const NOTHING: Account = {
  namespaces: [],
  buckets: [],
  databases: [],
  migrated: false,
  secrets: null,
  deployed: null,
  calls: [],
  failAt: null,
};

const file = process.env.FAKE_ACCOUNT;
if (file && process.argv[1] === import.meta.filename) {
  const account = JSON.parse(readFileSync(file, "utf8")) as Account;
  const input = process.stdin.isTTY ? "" : readFileSync(0, "utf8");
  try {
    console.log(answer(account, process.argv.slice(2), input));
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
  writeFileSync(file, JSON.stringify(account));
}

/** Does one call to `account` and returns what it prints; throws what it complains of. */
export function answer(account: Account, args: string[], input: string): string {
  account.calls.push(args.join(" "));
  const { failAt, calls } = account;
  const fails = failAt?.call === calls.length ? failAt.when : null;
  if (fails === "before") fail("A request to the Cloudflare API failed.");
  const printed = perform(account, args, input);
  if (fails === "after") fail("The connection was lost.");
  return printed;
}

function perform(account: Account, args: string[], input: string): string {
  const command = args.filter((word) => !word.startsWith("-")).slice(0, 3);
  const name = command.at(-1) as string;
  const config = args.includes("--config")
    ? JSON.parse(readFileSync(args[args.indexOf("--config") + 1] as string, "utf8"))
    : null;
  const production = config;
  switch (true) {
    case args[0] === "whoami":
      return '{"loggedIn": true}';
    case args[0] === "deploy" && args.includes("--dry-run"):
      return "--dry-run: exiting now.";
    case args[0] === "deploy":
      account.secrets ??= {};
      account.deployed = {
        namespace: production.kv_namespaces[0].id,
        database: production.d1_databases[0].database_id,
        domain: production.vars.BASE_DOMAIN ?? null,
        routes: (production.routes ?? []).map((route: string | { pattern: string }) =>
          typeof route === "string" ? route : route.pattern,
        ),
      };
      return "Deployed";
    case args[0] === "kv" && command[2] === "list":
      return JSON.stringify(account.namespaces, null, 2);
    case args[0] === "kv":
      if (account.namespaces.some(({ title }) => title === args[3])) fail("already exists");
      account.namespaces.push({ id: "1".repeat(32), title: args[3] as string });
      return "🌀 Creating namespace";
    case args[0] === "r2" && name === "list":
      // The API's first page is all that wrangler shows.
      return `Listing buckets...\n${account.buckets
        .toSorted()
        .slice(0, 20)
        .map((bucket) => `name:           ${bucket}\ncreation_date:  2026-11-21T00:00:00.000Z\n`)
        .join("\n")}`;
    case args[0] === "r2":
      if (account.buckets.includes(args[3] as string)) {
        fail("The bucket you tried to create already exists, and you own it. [code: 10004]");
      }
      account.buckets.push(args[3] as string);
      return "Created bucket";
    case args[0] === "d1" && args[1] === "list":
      return JSON.stringify(account.databases);
    case args[0] === "d1" && args[1] === "create":
      if (account.databases.some((database) => database.name === args[2])) fail("already exists");
      account.databases.push({ uuid: "22222222-2222", name: args[2] as string });
      return "✅ Successfully created DB";
    case args[0] === "d1":
      if (production.d1_databases[0].database_id !== "22222222-2222") fail("no such database");
      account.migrated = true;
      return "✅ No migrations to apply!";
    case args[1] === "list":
      if (account.secrets === null) {
        fail('✘ [ERROR] Worker "ringback-production" not found.\n\nIf this is new');
      }
      return JSON.stringify(Object.keys(account.secrets ?? {}).map((secret) => ({ name: secret })));
    case args[1] === "bulk":
      account.secrets = { ...account.secrets, ...JSON.parse(input) };
      return "✨ Successfully created secrets";
    default:
      return fail(`unknown command: ${args.join(" ")}`);
  }
}

function fail(message: string): never {
  throw new Error(message);
}
