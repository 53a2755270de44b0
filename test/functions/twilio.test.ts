import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { deploy } from "./harness.ts";

const CREDENTIALS = {
  accountSid: "AC11111111111111111111111111111111",
  authToken: "0123456789abcdef0123456789abcdef",
};

const network = globalThis.fetch;

let sent: string[];

beforeEach(() => {
  sent = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input) => {
    const request = input as Request;
    if (request.url.startsWith(env.NPM_REGISTRY)) return network(request);
    const user = atob(request.headers.get("authorization")?.replace("Basic ", "") ?? "");
    sent.push(`${request.method} ${request.url} ${user} ${await request.text()}`);
    return Response.json({ sid: "SM1" }, { status: 201 });
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

const MESSAGE = `exports.handler = async (context, event, callback) => {
  const message = await context.getTwilioClient().messages.create({ to: "+1555", from: "+1556", body: "hi" });
  callback(null, message.sid);
};`;

const SAY_BY_PATH = `const VoiceResponse = require("twilio/lib/twiml/VoiceResponse");
exports.handler = (context, event, callback) => {
  const response = new VoiceResponse();
  response.say("hi");
  callback(null, response);
};`;

const SENT = [
  "POST https://api.twilio.com/2010-04-01/Accounts/AC11111111111111111111111111111111/Messages.json " +
    "AC11111111111111111111111111111111:0123456789abcdef0123456789abcdef To=%2B1555&From=%2B1556&Body=hi",
];

describe("the SDK of the version that a project declares", () => {
  it.each([
    ["^4.23.0", "bundled"],
    ["^5.3.0", "bundled"],
    ["6.2.0", "bundled"],
    [undefined, "bundled"],
    // What no bundle has is asked for: the package itself is laid.
    ["^4.23.0", "laid"],
    ["^5.3.0", "laid"],
  ])("%s, %s", async (version, how) => {
    const { call } = await deploy({
      functions: {
        ...(how === "laid" && { "more.js": `require("twilio/lib/rest/Twilio");` }),
        "send.js": MESSAGE,
        "say.js": `exports.handler = (context, event, callback) => {
          const response = new (require("twilio").twiml.VoiceResponse)();
          response.say("hi");
          callback(null, response);
        };`,
        "say-by-path.js": SAY_BY_PATH,
        "say-by-path-sdk.js": `${SAY_BY_PATH} // needs the SDK: ${"\n"} const { jwt } = Twilio;`,
        "by-path.js": `const VoiceResponse = require("twilio/lib/twiml/VoiceResponse");
          const AccessToken = require("twilio").jwt.AccessToken;
          exports.handler = (context, event, callback) => {
            const Document = VoiceResponse.default ?? VoiceResponse;
            callback(null, [String(new Document()), AccessToken === Twilio.jwt.AccessToken, typeof AccessToken.VoiceGrant]);
          };`,
      },
      dependencies: version === undefined ? [] : [{ name: "twilio", version }],
      credentials: CREDENTIALS,
    });
    expect((await call("/send", { timeout: 5_000 })).body).toBe("SM1");
    expect(sent).toEqual(SENT);
    for (const path of ["/say", "/say-by-path", "/say-by-path-sdk"]) {
      const said = await call(path);
      expect(said.headers.get("Content-Type")).toBe("text/xml; charset=utf-8");
      expect(said.body).toBe(
        '<?xml version="1.0" encoding="UTF-8"?><Response><Say>hi</Say></Response>',
      );
    }
    expect(JSON.parse((await call("/by-path")).body)).toEqual([
      '<?xml version="1.0" encoding="UTF-8"?><Response/>',
      true,
      "function",
    ]);
  });
});

describe("a package that is given the context", () => {
  it.each([
    [undefined, "bundled"],
    ["^5.3.0", "laid"],
  ])("has the whole client of it, where the function names none: %s, %s", async (version, how) => {
    const { call } = await deploy({
      functions: {
        ...(how === "laid" && { "more.js": `require("twilio/lib/rest/Twilio");` }),
        "helped.js": `const { client } = require("made-helper");
          exports.handler = (context, event, callback) => callback(null, client(context).accountSid);`,
        "plain.js": "exports.handler = (context, event, callback) => callback(null, 'plain');",
      },
      dependencies: [
        { name: "made-helper", version: "*" },
        ...(version === undefined ? [] : [{ name: "twilio", version }]),
      ],
      credentials: CREDENTIALS,
    });
    expect((await call("/helped", { timeout: 5_000 })).body).toBe(CREDENTIALS.accountSid);
    expect((await call("/plain")).body).toBe("plain");
  });
});

describe("without credentials", () => {
  const functions = {
    "client.js": "exports.handler = (context) => context.getTwilioClient();",
    "sync.js": "exports.handler = () => Runtime.getSync();",
    "global.js": "exports.handler = (c, e, cb) => cb(null, typeof twilioClient);",
    "context.js": `exports.handler = (context, e, cb) =>
      cb(null, Object.keys(context).concat(Object.keys(process.env)));`,
  };

  it("there is none in context nor process.env, and a client says what is missing", async () => {
    const { call } = await deploy({ functions, variables: { A: "1" } });
    const error = JSON.parse((await call("/client")).body);
    expect([error.name, error.message]).toEqual([
      "INVALID_CONFIG",
      "Missing Account SID\nThis service has no ACCOUNT_SID. Set IncludeCredentials on the service, or a variable ACCOUNT_SID.",
    ]);
    expect(JSON.parse((await call("/sync")).body).name).toBe("INVALID_CONFIG");
    expect((await call("/global")).body).toBe("undefined");
    expect(JSON.parse((await call("/context")).body)).toEqual([
      "PATH",
      "DOMAIN_NAME",
      "SERVICE_SID",
      "ENVIRONMENT_SID",
      "A",
      "getTwilioClient",
      "A",
    ]);
  });

  it("variables of the same names take their place", async () => {
    const { call } = await deploy({
      functions: { "send.js": MESSAGE },
      variables: { ACCOUNT_SID: CREDENTIALS.accountSid, AUTH_TOKEN: CREDENTIALS.authToken },
    });
    expect((await call("/send", { timeout: 5_000 })).body).toBe("SM1");
    expect(sent).toEqual(SENT);
  });
});
