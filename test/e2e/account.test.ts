import { spawn } from "node:child_process";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OPERATOR, startControlPlane } from "./control-plane.ts";

let server: Awaited<ReturnType<typeof startControlPlane>>;
beforeAll(async () => {
  server = await startControlPlane();
});
afterAll(() => server?.close());

/** Runs `npm run account -- …` as the given account. */
function account(
  args: string[],
  as = OPERATOR,
  url = server.url,
  environment: NodeJS.ProcessEnv = {},
) {
  const script = path.join(import.meta.dirname, "../../scripts/account.ts");
  const child = spawn(process.execPath, ["--no-warnings", script, ...args, "--url", url], {
    env: {
      ...process.env,
      TWILIO_ACCOUNT_SID: as.accountSid,
      TWILIO_AUTH_TOKEN: as.authToken,
      ...environment,
    },
  });
  let out = "";
  let error = "";
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    error += chunk;
  });
  return new Promise<{ code: number | null; out: string; error: string }>((resolve) =>
    child.on("close", (code) => resolve({ code, out, error })),
  );
}

function word(text: string, pattern: RegExp): string {
  return pattern.exec(text)?.[0] ?? "";
}

async function opens(accountSid: string, authToken: string): Promise<number> {
  const credentials = Buffer.from(`${accountSid}:${authToken}`).toString("base64");
  const headers = { Authorization: `Basic ${credentials}` };
  return (await fetch(`${server.url}/v1/Services`, { headers })).status;
}

describe("npm run account", () => {
  it("adds an account, rotates its token, and removes it", async () => {
    expect((await account(["list"])).out).toContain("npm run account -- add");
    const added = await account(["add", "Branch office"]);
    const sid = word(added.out, /AC[0-9a-f]{32}/);
    const first = word(added.out, /\b[0-9a-f]{32}\b/);
    expect([added.code, await opens(sid, first)]).toEqual([0, 200]);
    expect((await account(["rename", sid, "Head office"])).code).toBe(0);
    expect((await account(["list"])).out).toMatch(new RegExp(`^${sid}  .*Z  Head office\n$`));

    const created = await account(["rotate", sid]);
    const second = word(created.out, /\b[0-9a-f]{32}\b/);
    expect(created.out).toContain(`npm run account -- rotate ${sid} promote`);
    expect([await opens(sid, first), await opens(sid, second)]).toEqual([200, 200]);
    expect((await account(["rotate", sid, "promote"])).out).toContain(`rotate ${sid} drop`);
    expect((await account(["rotate", sid, "drop"])).code).toBe(0);
    expect([await opens(sid, first), await opens(sid, second)]).toEqual([401, 200]);

    const asked = await account(["remove", sid]);
    expect([asked.code, await opens(sid, second)]).toEqual([1, 200]);
    expect(asked.error).toContain("--yes");
    expect((await account(["remove", sid, "--yes"])).code).toBe(0);
    expect(await opens(sid, second)).toBe(401);
  });

  it("takes an account's SID and token from Twilio, the token from the environment", async () => {
    const sid = `AC${"b".repeat(32)}`;
    const [first, second] = ["c".repeat(32), "d".repeat(32)];
    const args = ["add", "From Twilio", "--sid", sid, "--token"];
    const added = await account(args, OPERATOR, server.url, { NEW_AUTH_TOKEN: first });
    expect([added.code, added.error, await opens(sid, first)]).toEqual([0, "", 200]);
    const rotate = ["rotate", sid, "create", "--token"];
    expect((await account(rotate, OPERATOR, server.url, { NEW_AUTH_TOKEN: second })).code).toBe(0);
    expect([await opens(sid, first), await opens(sid, second)]).toEqual([200, 200]);
    expect((await account(["remove", sid, "--yes"])).code).toBe(0);
    // As it was taken before there was another way.
    expect((await account([...args, first])).code).toBe(0);
    expect(await opens(sid, first)).toBe(200);
    expect((await account(["remove", sid, "--yes"])).code).toBe(0);
  });

  it("asks for the token at a terminal, and does not show it", async () => {
    const sid = `AC${"c".repeat(32)}`;
    const token = "e".repeat(32);
    const script = path.join(import.meta.dirname, "../../scripts/account.ts");
    const line = `${process.execPath} --no-warnings ${script} add Asked --sid ${sid} --token --url ${server.url}`;
    const child = spawn("script", ["-qec", line, "/dev/null"], {
      env: {
        ...process.env,
        TWILIO_ACCOUNT_SID: OPERATOR.accountSid,
        TWILIO_AUTH_TOKEN: OPERATOR.authToken,
      },
    });
    let out = "";
    child.stdout.on("data", (chunk) => {
      const asks = (text: string) => text.includes("Auth token of the account: ");
      const wasAsked = asks(out);
      out += chunk;
      if (!wasAsked && asks(out)) child.stdin.write(`${token}\r`);
    });
    expect(await new Promise((resolve) => child.on("close", resolve))).toBe(0);
    expect(await opens(sid, token)).toBe(200);
    // Once: in what was added, and not where it was typed.
    expect(out.split(token)).toHaveLength(2);
    expect((await account(["remove", sid, "--yes"])).code).toBe(0);
  });

  it("makes and removes API keys of whoever runs it", async () => {
    const added = await account(["add", "Keyed"]);
    const as = {
      accountSid: word(added.out, /AC[0-9a-f]{32}/),
      authToken: word(added.out, /\b[0-9a-f]{32}\b/),
    };
    const made = await account(["keys", "add", "ci"], as);
    const [sid, secret] = [word(made.out, /SK[0-9a-f]{32}/), word(made.out, /[0-9a-f]{64}/)];
    expect(await opens(sid, secret)).toBe(200);
    expect((await account(["keys"], as)).out).toContain(`${sid}  `);
    expect((await account(["keys"])).out).not.toContain(sid);
    expect((await account(["keys", "remove", sid], as)).code).toBe(0);
    expect(await opens(sid, secret)).toBe(401);
  });

  it.each([
    ["no command", [], "Usage:"],
    ["an unknown one", ["ad"], 'no command "ad"'],
    ["an unknown option", ["list", "--all"], "--all"],
    ["no name", ["add"], "Usage: add <name>"],
    ["no SID", ["rotate"], "npm run account -- list"],
    ["a wrong SID", ["remove", "AC1"], '"AC1" is not'],
    ["a SID of nobody", ["remove", `AC${"9".repeat(32)}`], "was not found (HTTP 404)"],
    ["a token from nowhere", ["add", "x", "--token"], "Set NEW_AUTH_TOKEN"],
    ["a wrong token", ["add", "x", "--token", "short"], "Invalid parameter AuthToken"],
  ])("given %s says what to do", async (_case, args, said) => {
    const { code, error, out } = await account(args);
    expect([code, out]).toEqual([1, ""]);
    expect(error).toContain(said);
    expect(error).not.toContain("    at ");
  });

  it("says so where nothing answers, and where credentials are wrong", async () => {
    const nowhere = await account(["list"], OPERATOR, "http://127.0.0.1:9");
    expect([nowhere.code, nowhere.error]).toEqual([1, expect.stringContaining("npm start")]);
    const wrong = await account(["list"], { ...OPERATOR, authToken: "wrong" });
    expect([wrong.code, wrong.error]).toEqual([1, expect.stringContaining("TWILIO_AUTH_TOKEN")]);
  });
});
