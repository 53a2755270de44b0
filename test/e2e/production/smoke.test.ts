import { execFile } from "node:child_process";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OPERATOR, type StartedServer, startServer } from "../started-server.ts";

let server: StartedServer;
beforeAll(async () => {
  server = await startServer({ environment: { RINGBACK_DEMO: "0" } });
});
afterAll(() => server?.stop());

function smoke(
  args: string[],
  token = OPERATOR.TWILIO_AUTH_TOKEN,
): Promise<{ code: number; out: string }> {
  const root = path.join(import.meta.dirname, "../../..");
  const env = { ...process.env, ...OPERATOR, TWILIO_AUTH_TOKEN: token };
  const script = ["--no-warnings", "scripts/smoke.ts", ...args];
  return new Promise((resolve) =>
    execFile(process.execPath, script, { cwd: root, env }, (error, out, complaint) =>
      resolve({ code: Number(error?.code ?? 0), out: out + complaint }),
    ),
  );
}

describe("npm run smoke", () => {
  it("deploys, fetches everything, and leaves nothing behind", async () => {
    const { code, out } = await smoke([server.origin]);
    expect(out.replace(/smoke-\S+\.localhost:\d+/, "<host>")).toBe(
      `Deployed to <host>
ok    a public asset (200)
ok    304 for what has not changed (304)
ok    a range (206)
ok    403 for a protected asset, unsigned (403)
ok    a protected asset, signed (200)
ok    an HTML file, byte for byte (200)
ok    HEAD has the length (200)
ok    // stays as it is sent (404)
ok    a signature over %7E (200)
ok    404 for a private asset (404)
ok    a function that reads it (200)
ok    the service is deleted (204)
All is well.
`,
    );
    expect(code).toBe(0);
    const credentials = Buffer.from(`${OPERATOR.TWILIO_ACCOUNT_SID}:${OPERATOR.TWILIO_AUTH_TOKEN}`);
    const answer = await fetch(`${server.origin}/v1/Services`, {
      headers: { Authorization: `Basic ${credentials.toString("base64")}` },
    });
    expect(((await answer.json()) as { services: unknown[] }).services).toEqual([]);
  });

  it.each([
    ["a wrong token", () => [server.origin], "f".repeat(32), "401"],
    ["a wrong token", () => [server.origin], "f".repeat(32), "have to be the operator's"],
    ["no URL", () => [], OPERATOR.TWILIO_AUTH_TOKEN, "Usage: npm run smoke"],
    ["no web address", () => ["localhost:8787"], OPERATOR.TWILIO_AUTH_TOKEN, "is no web address"],
    [
      "nothing there",
      () => ["http://127.0.0.1:9"],
      OPERATOR.TWILIO_AUTH_TOKEN,
      "Nothing answers at",
    ],
  ])("fails for %s, and says so", async (_, args, token, said) => {
    const { code, out } = await smoke(args(), token);
    expect([code, out]).toEqual([1, expect.stringContaining(said)]);
  });
});
