import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { isLocal, newAddress } from "../../../scripts/import/numbers/addresses.ts";
import type { TargetVersion } from "../../../scripts/import/target-service.ts";
import { asset, seedService } from "./seed-services.ts";
import { application, messagingService, phoneNumber } from "./twilio-numbers.ts";
import { domainOf, SOURCE, startWays, type Ways } from "./ways.ts";

const NUMBER = "PN00000000000000000000000000000001";
const OTHER = "PN00000000000000000000000000000002";
const FOREIGN = "PN00000000000000000000000000000003";
const APPLICATION = "AP00000000000000000000000000000001";
const MESSAGING = "MG00000000000000000000000000000001";
const FLOW = "FW00000000000000000000000000000001";

let ways: Ways;
let old: string;
let now: string;

beforeAll(async () => {
  ways = await startWays();
  const line = await seedService(ways.source, "line");
  const files = [
    asset("/voice.xml", "<Response/>"),
    asset("/sms.xml", "<Response/>"),
    asset("/guarded.xml", "<Response/>", "protected"),
  ];
  await line.deploy({ uniqueName: "production", files });
  await line.deploy({ uniqueName: "new", domainSuffix: "new", files });
  expect((await ways.run(["--service", "line"])).code).toBe(0);
  old = `https://${(await domainOf(ways.source, "line")).split(":")[0]}`;
  now = `http://${await domainOf(ways.target, "line")}`;
});
afterAll(() => ways?.close());

/** An account with five numbers, so that lists have several pages. */
beforeEach(() => {
  const { numbers } = ways.twilio;
  numbers.numbers = new Map([
    phoneNumber("PN00000000000000000000000000000004", "+15550004", {}),
    phoneNumber("PN00000000000000000000000000000005", "+15550005", {}),
    phoneNumber(FOREIGN, "+15550003", { voice_url: "https://demo.twilio.com/welcome/voice/" }),
    phoneNumber(OTHER, "+15550002", {
      voice_url: `${old}/guarded.xml`,
      sms_url: `${old}/missing`,
    }),
    phoneNumber(NUMBER, "+15550001", {
      voice_url: `${old}/voice.xml?lang=en&x=%20#rc=2`,
      voice_fallback_url: `${old.toUpperCase().replace("HTTPS", "https")}/voice.xml`,
      sms_url: "https://example.com/sms",
      status_callback: `${old.replace("https", "http")}/voice.xml`,
    }),
  ]);
  numbers.applications = new Map([
    application(APPLICATION, "Softphone", {
      sms_url: `${old}/sms.xml`,
      message_status_callback: `${old}/voice.xml`,
    }),
  ]);
  numbers.messagingServices = new Map([
    messagingService(MESSAGING, "Alerts", { inbound_request_url: `${old}/sms.xml` }),
  ]);
  numbers.flows = new Map([
    [
      FLOW,
      {
        sid: FLOW,
        friendly_name: "Welcome",
        definition: {
          initial_state: "Trigger",
          states: [
            {
              name: "say_hello",
              type: "say-play",
              properties: { play: `${old}/voice.xml`, say: `see ${old}/sms.xml, please` },
            },
          ],
        },
      },
    ],
  ]);
});

/** Everything at Twilio. */
const account = () => structuredClone(ways.twilio.numbers);

/** What a run printed, without what differs from run to run. */
function shape(out: string): string {
  return out
    .replaceAll(old, "https://OLD")
    .replaceAll(old.toUpperCase().replace("HTTPS", "https"), "https://OLD")
    .replaceAll(old.replace("https", "http"), "http://OLD")
    .replaceAll(now, "NEW");
}

const LISTED = `phone number +15550002 (${OTHER}) voiceUrl
  https://OLD/guarded.xml
  →  stays: it is protected, and this Ringback's account is not the one that Twilio signs for
phone number +15550002 (${OTHER}) smsUrl
  https://OLD/missing
  →  stays: nothing is deployed at NEW/missing
phone number +15550001 (${NUMBER}) voiceUrl
  https://OLD/voice.xml?lang=en&x=%20#rc=2
  →  NEW/voice.xml?lang=en&x=%20#rc=2
phone number +15550001 (${NUMBER}) voiceFallbackUrl
  https://OLD/voice.xml
  →  NEW/voice.xml
phone number +15550001 (${NUMBER}) statusCallback
  http://OLD/voice.xml
  →  NEW/voice.xml
TwiML application Softphone (${APPLICATION}) smsUrl
  https://OLD/sms.xml
  →  NEW/sms.xml
TwiML application Softphone (${APPLICATION}) messageStatusCallback
  https://OLD/voice.xml
  →  NEW/voice.xml
messaging service Alerts (${MESSAGING}) inboundRequestUrl
  https://OLD/sms.xml
  →  NEW/sms.xml
Studio flow Welcome (${FLOW}) say_hello: play
  https://OLD/voice.xml
  →  NEW/voice.xml
Studio flow Welcome (${FLOW}) say_hello: say
  https://OLD/sms.xml
  →  NEW/sms.xml

2 addresses cannot be moved, for the reasons above.
Flows are never changed here: open them in Twilio Studio, change what is listed, publish.
`;

/** Runs where the file with what stood before is written. */
async function apply(): Promise<{ code: number; out: string; file: string }> {
  const before = process.cwd();
  process.chdir(ways.directory);
  try {
    const ran = await ways.run(["--service", "line", "--numbers", "--apply"]);
    const name = readdirSync(".").find((file) => file.startsWith("ringback-numbers-"));
    return { ...ran, file: path.join(ways.directory, name ?? "none") };
  } finally {
    process.chdir(before);
  }
}

describe("newAddress", () => {
  const served = new Map([["/voice.xml", { visibility: "public" } as TargetVersion]]);
  const moved = { oldHost: "shop-1234.twil.io", newOrigin: "http://shop-9876.localhost:8787" };
  it.each([
    [true, { url: "http://shop-9876.localhost:8787/voice.xml", reason: null }],
    [
      false,
      {
        url: null,
        reason: "Twilio cannot reach http://shop-9876.localhost:8787: name another with --to",
      },
    ],
  ])("where Twilio can reach it is %s", (reachable, expected) => {
    const where = { ...moved, served, signed: true, reachable };
    expect(newAddress("https://shop-1234.twil.io/voice.xml", [where])).toEqual(expected);
  });
});

describe("isLocal", () => {
  it.each([
    ["shop-1234.localhost:8787", true],
    ["shop-1234-dev.localhost", true],
    ["localhost", true],
    ["shop-1234.media.example", false],
    ["shop-1234.localhost.example:8443", false],
    ["notlocalhost", false],
  ])("%s: %s", (domain, expected) => {
    expect(isLocal(domain)).toBe(expected);
  });
});

describe("--numbers", () => {
  it("lists what points to the old addresses, and changes nothing", async () => {
    const before = account();
    const { code, out } = await ways.run(["--all", "--numbers"]);
    expect(shape(out)).toBe(
      `${LISTED}Nothing was changed. With --numbers --apply 6 addresses of them are changed.\n`,
    );
    expect(code).toBe(0);
    expect(account()).toEqual(before);
  });

  it("says so where nothing does", async () => {
    const { numbers } = ways.twilio;
    for (const rows of [numbers.numbers, numbers.applications, numbers.messagingServices]) {
      rows.clear();
    }
    numbers.flows.clear();
    const { code, out } = await ways.run(["--all", "--numbers"]);
    expect([code, out]).toEqual([0, expect.stringMatching(/^Nothing at Twilio points to the old/)]);
  });

  it("--apply changes numbers, applications and messaging services, and --undo sets them back", async () => {
    const before = account();
    const { code, out, file } = await apply();
    expect(shape(out)).toContain(LISTED);
    expect(out).toContain("6 addresses changed. To set back: npm run import -- --from");
    // Two are left, for their reasons.
    expect(code).toBe(1);
    expect(ways.twilio.numbers.numbers.get(NUMBER)).toMatchObject({
      voice_url: `${now}/voice.xml?lang=en&x=%20#rc=2`,
      voice_fallback_url: `${now}/voice.xml`,
      sms_url: "https://example.com/sms",
      status_callback: `${now}/voice.xml`,
    });
    expect(ways.twilio.numbers.applications.get(APPLICATION)).toMatchObject({
      sms_url: `${now}/sms.xml`,
      message_status_callback: `${now}/voice.xml`,
    });
    expect(ways.twilio.numbers.messagingServices.get(MESSAGING)).toMatchObject({
      inbound_request_url: `${now}/sms.xml`,
    });
    for (const untouched of [OTHER, FOREIGN]) {
      expect(ways.twilio.numbers.numbers.get(untouched)).toEqual(before.numbers.get(untouched));
    }
    expect(ways.twilio.numbers.flows).toEqual(before.flows);
    expect(readFileSync(file, "utf8")).not.toContain(SOURCE.authToken);

    const changed = account();
    const shown = await ways.run(["--numbers", "--undo", file, "--dry-run"]);
    expect([shown.code, account()]).toEqual([0, changed]);
    expect(shown.out).toContain("Nothing was changed. Without --dry-run these are set back.");

    const undone = await ways.run(["--numbers", "--undo", file]);
    expect([undone.code, undone.out]).toEqual([
      0,
      expect.stringContaining("6 addresses set back."),
    ]);
    expect(account()).toEqual(before);
    rmSync(file);
  });

  it("--undo leaves what somebody has changed since, and says so", async () => {
    const { file } = await apply();
    const number = ways.twilio.numbers.numbers.get(NUMBER) ?? {};
    number.voice_url = "https://example.com/mine";
    const { code, out } = await ways.run(["--numbers", "--undo", file]);
    expect(out).toContain(
      "phone number +15550001 voiceUrl stays: it was changed to https://example.com/mine",
    );
    expect(out).toContain("5 addresses set back, 1 not.");
    expect(code).toBe(1);
    expect(number).toMatchObject({
      voice_url: "https://example.com/mine",
      status_callback: `${old.replace("https", "http")}/voice.xml`,
    });
    rmSync(file);
  });

  it("goes on with the others where one cannot be changed", async () => {
    ways.twilio.fault = (request) =>
      request.startsWith("POST") && request.includes(NUMBER)
        ? { status: 400, body: '{"code":21421,"message":"Not yours","status":400}' }
        : null;
    const { code, out, file } = await apply();
    ways.twilio.fault = () => null;
    expect(out).toContain("phone number +15550001 stays: Twilio answers 400");
    expect(out).toContain("3 addresses changed, 3 not.");
    expect(code).toBe(1);
    rmSync(file);
  });

  it.each([
    ["nothing.json", null, /^--undo: .*nothing\.json cannot be read \(ENOENT/],
    ["text.json", "Ahoy", /^--undo: .*text\.json is no file that --numbers --apply has written\./],
    ["list.json", "[]", /is no file that/],
    [
      "kind.json",
      `{"account":"${SOURCE.accountSid}","changes":[{"kind":"flow","sid":"1","name":"","field":"","old":"","new":""}]}`,
      /is no file that/,
    ],
    [
      "other.json",
      '{"account":"AC1","changes":[]}',
      /other\.json is of the account AC1, and --from is AC/,
    ],
  ])("--undo %s is refused", async (name, content, reason) => {
    const file = path.join(ways.directory, name);
    if (content !== null) writeFileSync(file, content);
    const { code, out } = await ways.run(["--numbers", "--undo", file]);
    expect([code, out]).toEqual([1, expect.stringMatching(reason)]);
  });
});
