/** Activity, seen where its owner looks: in the stream, the terminal and the console. */
import { execFile, spawn } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { TwilioServerlessApiClient } from "@twilio-labs/serverless-api";
import twilio from "twilio";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  ACCOUNT,
  clipboard,
  consoleUnderTest,
  screenshot,
  seriousAxeFindings,
  signIn,
  TOKEN,
  type Visit,
} from "./console-browser.ts";

const under = consoleUnderTest();
const root = path.join(import.meta.dirname, "../..");

const HELLO = `exports.handler = (context, event, callback) => {
  console.log("<img src=x> calls", event.From);
  const twiml = new Twilio.twiml.VoiceResponse();
  twiml.play("/hold.wav");
  callback(null, twiml);
};
`;

/** One second of silence, as a telephone plays it. */
const WAV = Buffer.concat([
  Buffer.from("RIFF"),
  Buffer.from([0x64, 0x1f, 0, 0]),
  Buffer.from("WAVEfmt "),
  Buffer.from([18, 0, 0, 0, 7, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x40, 0x1f, 0, 0, 1, 0, 8, 0, 0, 0]),
  Buffer.from("data"),
  Buffer.from([0x40, 0x1f, 0, 0]),
  Buffer.alloc(8_000, 0xff),
]);

let serviceSid: string;
let environment: { sid: string; domain_name: string };
let host: string;
let terminal: { output(): string; stop(): void };

beforeAll(async () => {
  const project = path.join(under.folder, "project");
  under.file("project/functions/hello.protected.js", HELLO);
  under.file("project/assets/hold.wav", WAV);
  under.file("project/assets/secret.protected.xml", "<Response><Say>secret</Say></Response>");
  const deployed = await deployProject(project);
  serviceSid = deployed.serviceSid;
  const { environments } = await under.api("GET", `/Services/${serviceSid}/Environments`);
  [environment] = environments;
  host = `http://${environment.domain_name}`;
  terminal = tail();
  await vi.waitFor(() => expect(terminal.output()).toContain(environment.domain_name), 20_000);
});
afterAll(() => terminal?.stop());

/** By Twilio's own library, whose addresses are turned to the server under test. */
async function deployProject(cwd: string) {
  const client = new TwilioServerlessApiClient({ username: ACCOUNT, password: TOKEN });
  const inner = client as unknown as {
    client: unknown;
    getClient(): { extend(options: unknown): unknown };
  };
  const beforeRequest = [
    (options: { url: URL }) => {
      options.url.protocol = "http:";
      options.url.host = `localhost:${under.server.port}`;
    },
  ];
  inner.client = inner.getClient().extend({ hooks: { beforeRequest } });
  return client.deployLocalProject({
    ...{ cwd, serviceName: "seen", env: {}, pkgJson: {}, username: ACCOUNT, password: TOKEN },
    ...{ functionsEnv: "dev", overrideExistingService: true },
  } as never);
}

function tail() {
  let output = "";
  const args = ["--no-warnings", path.join(root, "scripts/activity.ts"), "--service", "seen"];
  const child = spawn(process.execPath, [...args, "--tail", "--url", under.server.origin], {
    env: { ...process.env, TWILIO_ACCOUNT_SID: ACCOUNT, TWILIO_AUTH_TOKEN: TOKEN },
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data) => {
      output += data;
    });
  }
  return { output: () => output, stop: () => void child.kill() };
}

async function curl(...args: string[]): Promise<void> {
  const local = ["--resolve", `${environment.domain_name}:127.0.0.1`];
  await promisify(execFile)("curl", ["-s", "-o", "/dev/null", ...local, ...args]);
}

/** By the real package: what Twilio puts into X-Twilio-Signature. */
function signed(url: string, fields: Record<string, string> = {}): string[] {
  const signature = twilio.getExpectedTwilioSignature(TOKEN, url, fields);
  return ["-A", "TwilioProxy/1.1", "-H", `X-Twilio-Signature: ${signature}`];
}

describe("requests of every kind", () => {
  const fields = { From: "+15551230001", Digits: "1" };
  const data = Object.entries(fields).flatMap((field) => ["--data-urlencode", field.join("=")]);

  /** What is sent, and the line of the terminal that shows it; [reason] of a failure. */
  const SENT: [shown: RegExp, reason: string | null, send: () => Promise<void>][] = [
    [/200 GET {2}\/hold.wav {2}8046 bytes.*curl/, null, () => curl(`${host}/hold.wav?v=1`)],
    [/206 GET {2}\/hold.wav {2}0-9\/8046 bytes/, null, () => curl("-r", "0-9", `${host}/hold.wav`)],
    [/200 HEAD \/hold.wav/, null, () => curl("-I", `${host}/hold.wav`)],
    [/416 GET {2}\/hold.wav/, "range-unsatisfiable", () => curl("-r", "9999-", `${host}/hold.wav`)],
    [/405 PUT {2}\/hold.wav/, "method-not-allowed", () => curl("-X", "PUT", `${host}/hold.wav`)],
    [/404 GET {2}\/typo.wav/, "path-unknown", () => curl(`${host}/typo.wav`)],
    [/403 GET {2}\/secret.xml/, "signature-missing", () => curl(`${host}/secret.xml`)],
    [
      /200 GET {2}\/secret.xml.*twilio, signed/,
      null,
      () => curl(...signed(`${host}/secret.xml`), `${host}/secret.xml`),
    ],
    [
      /403 GET {2}\/secret.xml.*twilio/,
      "signature-without-query",
      () => curl(...signed(`${host}/secret.xml`), `${host}/secret.xml?added=1`),
    ],
    [
      /200 POST \/hello .*twilio, signed/,
      null,
      () => curl(...signed(`${host}/hello`, fields), ...data, `${host}/hello`),
    ],
    [
      /403 POST \/hello .*twilio/,
      "signature-parameters-added",
      () => curl(...signed(`${host}/hello`), ...data, `${host}/hello`),
    ],
  ];

  it.each(SENT)(
    "%s is in the terminal and the API, with its reason %s",
    async (shown, reason, send) => {
      const before = terminal.output().length;
      await send();
      const since = () => terminal.output().slice(before);
      await expect.poll(since, { timeout: 15_000 }).toMatch(shown);
      if (reason !== null) await expect.poll(since).toContain(`${reason}: `);
      const at = `/Services/${serviceSid}/Environments/${environment.sid}/Requests?PageSize=1`;
      expect((await under.api("GET", at)).requests[0].reason).toBe(reason);
    },
  );

  it("a browser's is told from the others", async () => {
    const { page, close } = await under.visit();
    await page.goto(`${host}/hold.wav`).catch(() => {});
    await expect.poll(terminal.output, { timeout: 15_000 }).toMatch(/hold.wav.*browser/);
    await close();
  });
});

describe("the tab Activity", () => {
  let session: Visit | undefined;
  const findings: string[] = [];
  afterAll(() => session?.close());

  async function accessible(name: string): Promise<void> {
    const { page } = session as Visit;
    for (const finding of await seriousAxeFindings(page)) findings.push(`${name}: ${finding}`);
    await screenshot(page, name);
  }

  it("shows what happens live, why, and what to do; and tries a function as Twilio calls it", async () => {
    await session?.close();
    session = await under.visit();
    const { page, complaints } = session;
    await signIn(page, `/services/${serviceSid}/activity/${environment.sid}?status=4xx`);
    const list = page.getByRole("region", { name: "Requests", exact: true });
    await curl(`${host}/%3Cimg%20src=x%20onerror=alert(1)%3E`);
    await list.getByText("/%3Cimg%20src=x%20onerror=alert(1)%3E").waitFor();
    await curl(`${host}/hold.wav?shown=no`);
    await curl(...signed(`${host}/other.xml`), `${host}/secret.xml`);
    const refused = list
      .getByRole("row")
      .filter({ hasText: "fits this request in no way" })
      .first();
    await refused.waitFor();
    expect(
      await list
        .getByRole("row")
        .filter({ hasText: "hold.wav" })
        .filter({ hasText: "200" })
        .count(),
    ).toBe(0);
    await accessible("activity");

    await refused.getByRole("button").click();
    const drawer = page.getByRole("dialog", { name: "Request" });
    await drawer.getByText("What to do").waitFor();
    expect(page.url()).toContain("request=");
    await drawer.getByRole("link", { name: "/secret.xml" }).waitFor();
    await accessible("activity-request");
    await drawer.getByRole("button", { name: "Copy as curl" }).click();
    await expect
      .poll(() => clipboard(page))
      .toMatch(/^curl -i -H 'X-Twilio-Signature: [\w+/]{27}=' 'http:\/\/seen-.*\/secret.xml'$/);

    await drawer.getByRole("button", { name: "Send again…" }).click();
    const test = page.getByRole("dialog", { name: "Test on" });
    await test.getByLabel("Path").fill("/hello");
    await test.getByRole("button", { name: "Send", exact: true }).click();
    await test.getByText("TwiML that a call or message can use").waitFor();
    await test.getByText("<Play>/hold.wav</Play>").waitFor();
    await test.getByRole("button", { name: "Play /hold.wav" }).waitFor();
    await test.getByText("<img src=x> calls +15551230001").waitFor();
    await accessible("activity-test");
    await page.keyboard.press("Escape");
    await test.waitFor({ state: "detached" });

    await page.getByRole("link", { name: "Functions & Assets" }).click();
    await page
      .getByRole("button", { name: /Callers were refused this/ })
      .first()
      .click();
    const file = page.getByRole("region", { name: "Last requests" });
    await file.getByText(/by Twilio: 403|by a program: 200|by Twilio: 200/).waitFor();
    await accessible("activity-file");
    expect(complaints).toEqual([]);
    expect(findings).toEqual([]);
  });
});
