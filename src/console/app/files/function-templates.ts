/** What a new function starts as. */
export type FunctionTemplate = "voice" | "message" | "json";

export const TEMPLATES: readonly (readonly [FunctionTemplate, string])[] = [
  ["voice", "Voice: TwiML that answers a call"],
  ["message", "Messaging: TwiML that answers a message"],
  ["json", "JSON: an answer for other programs"],
];

const VOICE = `exports.handler = function (context, event, callback) {
  const twiml = new Twilio.twiml.VoiceResponse();
  twiml.say("Hello from Ringback");
  callback(null, twiml);
};
`;

const MESSAGE = `exports.handler = function (context, event, callback) {
  const twiml = new Twilio.twiml.MessagingResponse();
  twiml.message(\`You wrote: \${event.Body ?? "nothing"}\`);
  callback(null, twiml);
};
`;

const JSON_ANSWER = `exports.handler = function (context, event, callback) {
  callback(null, { hello: event.name ?? "world" });
};
`;

const SOURCES: Record<FunctionTemplate, string> = {
  voice: VOICE,
  message: MESSAGE,
  json: JSON_ANSWER,
};

export function templateSource(template: FunctionTemplate): string {
  return SOURCES[template];
}
