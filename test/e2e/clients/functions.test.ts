import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import twilio from "twilio";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { ACCOUNT_SID, AUTH_TOKEN, type Ringback, startRingback } from "./ringback.ts";
import { type TwilioRun, twilioRunIn, writeFiles } from "./twilio-run.ts";

// Each run of twilio-run takes a second of processor time before it does anything.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

/** Needs the whole SDK, and the credentials that the service includes. */
const CLIENT = `exports.handler = (context, event, callback) => {
  const { accountSid, messages } = context.getTwilioClient();
  callback(null, { accountSid, url: messages._uri });
};
`;

const PACKED = `exports.handler = (context, event, callback) => {
  const response = new Twilio.Response();
  response.appendHeader("Content-Type", "text/plain").appendHeader("Content-Encoding", "gzip");
  callback(null, response.setBody(require("zlib").gzipSync("hello")));
};
`;

/** What `deploy -o json` prints, as far as it is looked at. */
type Deployed = {
  domain: string;
  serviceSid: string;
  functions: { access: string; path: string }[];
};

const EXAMPLE = path.join(import.meta.dirname, "../../../examples/words");
const WORDS: string[] = JSON.parse(
  readFileSync(path.join(EXAMPLE, "assets/words.private.json"), "utf8"),
);

let ringback: Ringback;
let project: string;
let twilioRun: TwilioRun;
let deployed: Deployed;

/** examples/words, deployed by Twilio's own tool. */
beforeAll(async () => {
  ringback = await startRingback();
  project = mkdtempSync(path.join(tmpdir(), "ringback-words-"));
  cpSync(EXAMPLE, project, { recursive: true });
  setGreeting("Well done!");
  twilioRun = twilioRunIn(project, ringback);
  deployed = await deploy();
});
afterAll(async () => {
  await ringback?.stop();
  rmSync(project, { recursive: true, force: true });
});

function setGreeting(greeting: string) {
  const variables = { ACCOUNT_SID, AUTH_TOKEN, GREETING: greeting };
  const lines = Object.entries(variables).map(([key, value]) => `${key}=${value}\n`);
  writeFileSync(path.join(project, ".env"), lines.join(""));
}

async function deploy(): Promise<Deployed> {
  const run = await twilioRun(["deploy", "-o", "json"]);
  expect(run.code, run.said).toBe(0);
  return JSON.parse(run.out);
}

/** Calls a function as Twilio does for a phone number's webhook. */
async function webhook(path: string, params: Record<string, string>, cookie?: string) {
  const url = `https://${deployed.domain}${path}`;
  const signature = twilio.getExpectedTwilioSignature(AUTH_TOKEN, url, params);
  const { status, headers, body } = await ringback.fetch(url, {
    method: "POST",
    headers: {
      "Content-Type": "application/x-www-form-urlencoded",
      "X-Twilio-Signature": signature,
      ...(cookie === undefined ? {} : { Cookie: cookie }),
    },
    body: new URLSearchParams(params).toString(),
  });
  return { status, headers, text: body.toString() };
}

async function get(path: string) {
  const { status, body } = await ringback.fetch(`https://${deployed.domain}${path}`);
  return { status, text: body.toString() };
}

function wordOfDay(): string {
  return WORDS[Math.floor(Date.now() / 86_400_000) % WORDS.length] as string;
}

describe("a toolkit project with functions", () => {
  it("is deployed unchanged, and each function is as visible as its name says", async () => {
    expect(deployed.functions.map(({ path, access }) => `${path} ${access}`).sort()).toEqual([
      "/game private",
      "/letters public",
      "/menu protected",
      "/sms protected",
      "/voice protected",
    ]);
    const statuses = Object.fromEntries(
      await Promise.all(
        ["/letters", "/voice", "/menu", "/sms", "/game", "/words.json", "/chime.wav"].map(
          async (path) => [path, (await get(path)).status],
        ),
      ),
    );
    expect(statuses).toEqual({
      "/letters": 200,
      "/voice": 403,
      "/menu": 403,
      "/sms": 403,
      "/game": 404,
      "/words.json": 404,
      "/chime.wav": 200,
    });
  });

  it("reads its private assets and functions", async () => {
    const letters = [...wordOfDay()].sort().join("");
    expect(JSON.parse((await get("/letters")).text)).toEqual({ letters });
  });

  it("answers a call that Twilio signs with TwiML", async () => {
    const { status, headers, text } = await webhook("/voice", {
      CallSid: `CA${"1".repeat(32)}`,
      From: "+15551234567",
    });
    expect([status, headers["content-type"]]).toEqual([200, "text/xml; charset=utf-8"]);
    expect(text).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><Response><Gather numDigits="1" action="/menu">' +
        `<Play>https://${deployed.domain}/chime.wav</Play>` +
        "<Say>For the word of the day, press 1. To play, send us a message.</Say></Gather>" +
        "<Redirect>/voice</Redirect></Response>",
    );
    const letters = [...wordOfDay()].sort().join(", ");
    expect((await webhook("/menu", { Digits: "1" })).text).toContain(
      `<Say>The letters are: ${letters}.</Say>`,
    );
  });

  it("plays by message, with its variables and its cookie", async () => {
    const wrong = await webhook("/sms", { From: "+15551234567", Body: "pelican" });
    expect(wrong.text).toContain("Not yet.");
    const [cookie] = [wrong.headers["set-cookie"]].flat();
    expect(cookie).toContain("guesses=1");
    const guess = { From: "+15551234567", Body: ` ${wordOfDay().toUpperCase()} ` };
    const right = await webhook("/sms", guess, "guesses=1");
    expect(right.text).toContain(`Yes, ${wordOfDay()}! Well done! You took 2.`);
  });

  it("has the log lines of its functions listed", async () => {
    await vi.waitFor(
      async () => {
        const { code, out, said } = await twilioRun(["logs"]);
        expect(code, said).toBe(0);
        expect(out).toContain("guess 1 by +15551234567: wrong");
        expect(out).toContain("guess 2 by +15551234567: right");
      },
      { timeout: 30_000, interval: 500 },
    );
  });

  it("sees its variables changed, and its new functions, by another deployment", async () => {
    setGreeting("Bravo!");
    writeFiles(project, { "functions/client.js": CLIENT, "functions/packed.js": PACKED });
    const before = deployed.serviceSid;
    deployed = await deploy();
    expect(deployed.serviceSid).toBe(before);
    await vi.waitFor(
      async () => {
        const right = await webhook("/sms", { From: "+1", Body: wordOfDay() });
        expect(right.text).toContain("Bravo!");
      },
      { timeout: 60_000, interval: 1000 },
    );
    expect(JSON.parse((await get("/client")).text)).toEqual({
      accountSid: ACCOUNT_SID,
      url: `/Accounts/${ACCOUNT_SID}/Messages.json`,
    });
  });

  it("sends what a function has compressed, once compressed", async () => {
    const { headers, body } = await ringback.fetch(`https://${deployed.domain}/packed`);
    expect(headers["content-encoding"]).toBe("gzip");
    expect(gunzipSync(body).toString()).toBe("hello");
  });

  it("is refused with the file and line of what is no JavaScript", async () => {
    writeFiles(project, { "functions/broken.js": "exports.handler = () => {};\nconst = 1;\n" });
    const { code, said } = await twilioRun(["deploy"]);
    expect(code).toBe(1);
    expect(said).toContain("20001 /broken line 2:");
  });
});
