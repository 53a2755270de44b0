/** The commands of the documentation are those of package.json and of wrangler, with their options. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { readImportSettings } from "../../scripts/import/settings.ts";
import { readDeploySettings } from "../../scripts/production/settings.ts";
import { readSoakSettings } from "../../scripts/soak/settings.ts";

const root = path.join(import.meta.dirname, "../..");
const { scripts } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
const wranglerToml = readFileSync(path.join(root, "wrangler.toml"), "utf8");
const run = promisify(execFile);

/** The lines of a page's shell blocks, and the commands among its words. */
function commandsOf(page: string): string[] {
  const text = readFileSync(path.join(root, page), "utf8");
  const shell: string[] = [];
  const words = text.replaceAll(/^```(.*)\n((?:.*\n)*?)```$/gm, (_, kind, block) => {
    if (kind === "sh") shell.push(...block.trim().split("\n"));
    else
      expect([page, block], "a command not marked as sh").not.toEqual([
        page,
        expect.stringMatching(/^(?:npm|npx|git) /m),
      ]);
    return "";
  });
  const inline = [...words.matchAll(/`((?:npm|npx|git|wrangler) [^`]+)`/g)].map(([, word]) => word);
  return [...new Set([...shell, ...inline].map((line = "") => line.replace(/\s+#.*$/, "")))];
}

const PAGES = {
  "docs/moving-in.md": [
    "npm run import -- --from $ACCOUNT --all --dry-run",
    "npm run import -- --from $ACCOUNT --all --private-from ./projects",
    "npm run import -- --from $ACCOUNT --all --to https://media.example --numbers",
    "npm run import -- --from $ACCOUNT --all --to https://media.example --numbers --apply",
    "npm run import",
    "npm start",
    "npm run account",
  ],
  "docs/operations.md": [
    "npm run deploy -- --base-domain media.example --dry-run",
    "npm run deploy -- --base-domain media.example",
    "npm run deploy -- --base-domain media.example --check",
    "npm run smoke -- https://media.example",
    "git pull && npm ci",
    "npx wrangler d1 time-travel info ringback-production --timestamp 2026-11-21T12:00:00Z",
    "npx wrangler d1 time-travel restore ringback-production --bookmark <bookmark>",
    "npm run activity -- --service ahoy --environment production --tail --url https://media.example",
    "npx wrangler login",
    "npx wrangler secret put <name>",
    "npx wrangler deploy",
    "npx wrangler dev",
    "npx wrangler rollback",
    "npm version minor",
    "git push --follow-tags",
    "npm run deploy -- --base-domain <domain> --check",
    "npm run smoke -- https://<domain>",
    "npm run account -- rotate AC…",
    "npx wrangler secret put",
    "npx wrangler secret delete",
    "npm run republish -- --url https://<domain>",
    "npx wrangler tail ringback-production",
    "npm run bench",
    "npm run soak -- --minutes 5",
  ],
  "docs/console.md": ["npm run account", "npm run build", "npm start", "wrangler deploy"],
  "docs/api.md": [
    "npm run activity -- --service ahoy --environment dev --tail",
    "npm run activity",
  ],
};
const all = [...new Set(Object.values(PAGES).flat())];

it.each(Object.entries(PAGES))("%s names these commands", (page, commands) => {
  expect(commandsOf(page)).toEqual(commands);
});

/** The arguments of each command that begins so, with the signs that stand for something filled in. */
const argumentsOf = (command: string): string[][] =>
  all
    .filter((line) => line.startsWith(`${command} -- `))
    .map((line) =>
      line
        .slice(`${command} -- `.length)
        .replace("<domain>", "media.example")
        .replace(/AC…|\$ACCOUNT/, `AC${"a".repeat(32)}`)
        .split(" "),
    );

describe("a command of npm", () => {
  const names = all.flatMap((line) => /^npm (?:run )?([a-z]+)/.exec(line)?.[1] ?? []);
  it.each([...new Set(names)].filter((name) => !["ci", "version"].includes(name)))(
    "%s is a script",
    (name) => {
      expect(scripts).toHaveProperty([name]);
    },
  );

  it.each(argumentsOf("npm run import"))("import takes %s %s %s %s %s %s %s", (...args) => {
    expect(() => readImportSettings(args, {})).not.toThrow();
  });
  it.each(argumentsOf("npm run deploy"))("deploy takes %s %s %s", (...args) => {
    expect(readDeploySettings(args.filter(Boolean), "").baseDomain).toBe("media.example");
  });
  it.each(argumentsOf("npm run soak"))("soak takes %s %s", (...args) => {
    expect(readSoakSettings(args, {}).minutes).toBe(5);
  });

  // Each understands what it is told where it goes on to ask a server that is not there.
  it.each(
    ["smoke", "activity", "republish", "account"].flatMap((name) =>
      argumentsOf(`npm run ${name}`).map((args) => [name, args] as const),
    ),
  )("%s takes %j", async (name, args) => {
    const nowhere = "http://127.0.0.1:9";
    const script = [
      `scripts/${name}.ts`,
      ...args.map((word) => word.replace(/^https:.*/, nowhere)),
    ];
    const environment = {
      ...process.env,
      RINGBACK_URL: nowhere,
      TWILIO_ACCOUNT_SID: `AC${"a".repeat(32)}`,
      TWILIO_AUTH_TOKEN: "token",
    };
    const ended = await run(process.execPath, ["--no-warnings", ...script], {
      cwd: root,
      env: environment,
    }).catch((error: { stdout: string; stderr: string }) => error);
    expect(`${ended.stdout}${ended.stderr}`).toMatch(/ECONNREFUSED|bad port|fetch failed/);
  });
});

describe("a command of wrangler", () => {
  const help = async (...command: string[]) =>
    (await run(path.join(root, "node_modules/.bin/wrangler"), [...command, "--help"])).stdout;

  it("is one of its commands", async () => {
    const listed = await help();
    const names = all.flatMap((line) => /(?:^|npx )wrangler ([\w-]+)/.exec(line)?.[1] ?? []);
    for (const name of new Set(names)) {
      expect(listed, name).toMatch(new RegExp(`^ +wrangler ${name} `, "m"));
    }
    const secret = await help("secret");
    for (const name of ["put", "delete"]) expect(secret).toContain(`wrangler secret ${name} <key>`);
  });

  it.each(["info --timestamp", "restore --bookmark"])("d1 time-travel %s", async (words) => {
    const [name = "", option = ""] = words.split(" ");
    expect(await help("d1", "time-travel", name)).toContain(`${option} `);
  });

  it("names the database and the Worker of wrangler.toml", () => {
    const names = [...wranglerToml.matchAll(/^(name|database_name) = "(.*)"/gm)].map((m) => m[2]);
    for (const line of all) {
      const named = /wrangler (?:tail|d1 time-travel \w+) (\S+)/.exec(line)?.[1];
      if (named !== undefined) expect(names).toContain(named);
    }
  });
});
