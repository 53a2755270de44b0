import { describe, expect, it } from "vitest";
import { checkTwiml, MAX_TWIML, type TwimlPlace } from "../../../src/console/app/twiml/check.ts";

const FILES: Record<string, "public" | "protected" | "private"> = {
  "/ivr/welcome.mp3": "public",
  "/ivr/menu.wav": "protected",
  "/secret.mp3": "private",
};

const PLACE: TwimlPlace = {
  path: "/ivr/menu.xml",
  hosts: ["thanos-1234-dev.example.net", "calls.example.org"],
  visibilityOf: (path) => FILES[path] ?? null,
};

function told(text: string): string[] {
  return checkTwiml(text, PLACE).map(({ level, line, message }) => `${level} ${line}: ${message}`);
}

describe("TwiML that is sound", () => {
  it.each([
    '<?xml version="1.0" encoding="UTF-8"?>\n<Response><Say voice="alice">Hi &amp; bye</Say></Response>',
    "<Response/>",
    "<!-- a menu --><Response><Gather numDigits='1'><Say>1 or 2</Say><Pause/></Gather></Response>\n",
    "<Response><Say>A <break/> and a <prosody rate='slow'>slow <emphasis>one</emphasis></prosody></Say></Response>",
    "<Response><Dial><Sip><Uri>sip:a@b.example</Uri></Sip></Dial><Message><Body>x</Body></Message></Response>",
    "<Response><Say>&#169; &lt;3</Say></Response>",
    "<Response><Play>welcome.mp3</Play><Play>/ivr/menu.wav?v=2</Play></Response>",
    "<Response><Play>https://calls.example.org/ivr/welcome.mp3</Play></Response>",
    "<Response><Play>https://elsewhere.example/none.mp3</Play><Play digits='w1'/></Response>",
  ])("%s", (text) => {
    expect(told(text)).toEqual([]);
  });
});

describe("what is not well-formed", () => {
  it.each([
    [
      "\n<?xml version='1.0'?><Response/>",
      ["error 2: Before <?xml there may be nothing, no blank either"],
    ],
    [
      "<Response>\n<Say>Hi & bye</Say></Response>",
      ["error 2: A & that is no entity is written &amp;"],
    ],
    ["<Response><Say>Hi</Response>", ["error 1: <Say> is not closed"]],
    ["<Response></Say></Response>", ["error 1: </Say> closes what is not open"]],
    ["<Response>\n\n<Pause", ["error 3: This is not well-formed XML"]],
    ["<Response>&nbsp;</Response>", ["error 1: XML has no entity &nbsp;"]],
    ["<Response/><Response/>", ["error 1: There is a second root: XML has one"]],
    ["<Response/> and more", ["error 1: There is text outside <Response>"]],
    [
      "<Response><Play loop='1' loop='2'/></Response>",
      ["error 1: The attribute loop stands twice"],
    ],
    ["<Response><Say a='<'>x</Say></Response>", ["error 1: A < in an attribute is written &lt;"]],
  ])("%s", (text, expected) => {
    expect(told(text)).toEqual(expected);
  });
});

describe("what is no TwiML", () => {
  it.each([
    ["", ["error 1: There is no <Response>"]],
    ["<response/>", ["error 1: The root is <response>: TwiML's is <Response>, in this spelling"]],
    ["<urlset/>", ["error 1: The root is <urlset>: TwiML's is <Response>, in this spelling"]],
    [
      "<Response>\n<say>Hi</say>\n<Foo><Bar/></Foo></Response>",
      [
        "warning 2: TwiML has no <say>: it is <Say>, in this spelling",
        "warning 3: TwiML has no <Foo>",
      ],
    ],
    [
      "<Response><Gather><Dial>+1</Dial></Gather><Number>+1</Number></Response>",
      ["warning 1: <Gather> may not hold <Dial>", "warning 1: <Response> may not hold <Number>"],
    ],
  ])("%s", (text, expected) => {
    expect(told(text)).toEqual(expected);
  });
});

describe("a <Play> of what is not there", () => {
  it.each([
    ["none.mp3", "warning 1: <Play>: there is no file /ivr/none.mp3"],
    ["/none.mp3", "warning 1: <Play>: there is no file /none.mp3"],
    [
      "https://thanos-1234-dev.example.net/a&amp;b.mp3",
      "warning 1: <Play>: there is no file /a&b.mp3",
    ],
    ["<![CDATA[/none.mp3?a=1&b=2]]>", "warning 1: <Play>: there is no file /none.mp3"],
    ["../secret.mp3", "warning 1: <Play>: /secret.mp3 is private, and so has no URL"],
    ["https://[/", "warning 1: <Play> has no URL: https://[/"],
  ])("%s", (url, expected) => {
    expect(told(`<Response><Gather><Play>${url}</Play></Gather></Response>`)).toEqual([expected]);
  });

  it("is not told where files are not known", () => {
    expect(checkTwiml("<Response><Play>/none.mp3</Play></Response>")).toEqual([]);
  });
});

it("looks at no text that is longer than TwiML can be, and tells of fifty faults at most", () => {
  expect(checkTwiml(`<a>${" ".repeat(MAX_TWIML)}`)).toEqual([]);
  expect(checkTwiml(`<Response>${"<Foo/>".repeat(1000)}</Response>`)).toHaveLength(50);
});

it("says where", () => {
  const text = "<Response>\n  <Sya>Hi</Sya>\n</Response>";
  expect(checkTwiml(text)).toEqual([
    { level: "warning", line: 2, from: 13, to: 18, message: "TwiML has no <Sya>" },
  ]);
});
