import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OPERATOR, startControlPlane } from "./control-plane.ts";

const root = path.join(import.meta.dirname, "../..");
const readme = readFileSync(path.join(root, "README.md"), "utf8");
const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));

/** What a person types: the lines of shell blocks, and commands in tables. */
const commands = [
  ...[...readme.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block = ""]) =>
    block.trim().split("\n"),
  ),
  ...[...readme.matchAll(/^\| `([^`]+)` \|/gm)]
    .map(([, command = ""]) => command)
    .filter((command) => /^(?:npm|\.ci)/.test(command)),
];

let server: Awaited<ReturnType<typeof startControlPlane>>;
beforeAll(async () => {
  server = await startControlPlane();
});
afterAll(() => server?.close());

describe("the README's commands", () => {
  it("are these", () => {
    expect(commands).toEqual([
      "npm ci && npm start",
      "npm ci && npm test",
      "npm start -- --https",
      "export NODE_EXTRA_CA_CERTS=<ringback>/.ringback/tls/ca.pem TWILIO_EDGE='@localhost:8787/'",
      "npx twilio-run deploy --username AC… --password …",
      "npm run check",
      "npm run format",
      "npm run build",
      "npm run types",
      "npm run bench",
      "npm run deploy -- --dry-run",
      "npm run soak",
      "npm run smoke",
      "npm run republish",
      "npm run import",
      "npm run activity -- --service ahoy --tail",
      "npm run account -- list",
      ".ci/run",
    ]);
  });

  // start.test.ts runs the server and holds it to the line of the Twilio tools that it prints.
  it.each(commands.filter((command) => command.includes("npm ")))("%s: npm knows it", (line) => {
    for (const command of line.split(" && ").filter((part) => part !== "npm ci")) {
      const script = /^npm (?:run )?([a-z]+)/.exec(command)?.[1];
      expect(manifest.scripts).toHaveProperty([script ?? command]);
    }
  });

  it("npm run account -- list lists the accounts of a running server", () => {
    const [command = "", ...args] = "npm run account -- list".split(" ");
    const output = execFileSync(command, args, {
      cwd: root,
      encoding: "utf8",
      env: {
        ...process.env,
        RINGBACK_URL: server.url,
        TWILIO_ACCOUNT_SID: OPERATOR.accountSid,
        TWILIO_AUTH_TOKEN: OPERATOR.authToken,
      },
    });
    expect(output).toContain("No account beside the operator's.");
  });

  it(".ci/run is a program, of steps that bash understands", () => {
    execFileSync("bash", ["-n", path.join(root, ".ci/run")]);
    expect(statSync(path.join(root, ".ci/run")).mode & 0o111).not.toBe(0);
  });
});

describe("the README", () => {
  it("names each dependency once", () => {
    const { dependencies, devDependencies, optionalDependencies } = manifest;
    const rows = readme
      .slice(readme.indexOf("## Dependencies"))
      .matchAll(/^\| ([^|]+) \| [^|]+\|$/gm);
    const named = [...rows].flatMap(([, names = ""]) =>
      names.split(", ").map((name) => name.trim()),
    );
    expect(named.toSorted()).toEqual(
      Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies }).toSorted(),
    );
  });

  const pages = [
    "README.md",
    ...readdirSync(path.join(root, "docs"))
      .filter((page) => page.endsWith(".md"))
      .map((page) => `docs/${page}`),
  ];
  it.each(pages)("%s links to what is there", (page) => {
    const text = readFileSync(path.join(root, page), "utf8");
    for (const [, target = ""] of text.matchAll(/\]\((?!https?:)([^)#]+)/g)) {
      expect(existsSync(path.join(root, path.dirname(page), target)), target).toBe(true);
    }
  });
});
