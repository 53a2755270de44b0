/** What a request of Twilio's holds: the fields a person sets, and those that are always there. */
export type CallKind = "voice" | "message" | "free";

export type FieldValues = Record<string, string>;

export const KINDS: (readonly [CallKind, string])[] = [
  ["voice", "A voice call"],
  ["message", "A message"],
  ["free", "Fields of your own"],
];

/** The fields that are asked for, with what stands in them at first. */
export const ASKED: Record<CallKind, readonly (readonly [name: string, first: string])[]> = {
  voice: [
    ["From", "+15551230001"],
    ["To", "+15551230002"],
    ["Digits", ""],
    ["SpeechResult", ""],
    ["CallStatus", "ringing"],
    ["CallSid", ""],
  ],
  message: [
    ["From", "+15551230001"],
    ["To", "+15551230002"],
    ["Body", "Ahoy"],
    ["MessageSid", ""],
  ],
  free: [],
};

/** The form that Twilio would send; what is empty is left out, but for a message's body. */
export function formFields(
  kind: CallKind,
  asked: FieldValues,
  extra: string,
  accountSid: string,
  randomHex: string,
): [name: string, value: string][] {
  const fields: [string, string][] = [];
  const add = (name: string, value: string) => {
    if (value !== "" || name === "Body") fields.push([name, value]);
  };
  const { From = "", To = "" } = asked;
  switch (kind) {
    case "voice":
      for (const [name] of ASKED.voice) {
        if (name !== "CallSid") add(name, asked[name] ?? "");
      }
      add("CallSid", asked.CallSid || `CA${randomHex}`);
      add("AccountSid", accountSid);
      add("Caller", From);
      add("Called", To);
      add("Direction", "inbound");
      add("ApiVersion", "2010-04-01");
      break;
    case "message": {
      const sid = asked.MessageSid || `SM${randomHex}`;
      for (const name of ["MessageSid", "SmsSid", "SmsMessageSid"]) add(name, sid);
      add("AccountSid", accountSid);
      add("From", From);
      add("To", To);
      add("Body", asked.Body ?? "");
      add("NumMedia", "0");
      add("NumSegments", "1");
      add("ApiVersion", "2010-04-01");
      break;
    }
    case "free":
      break;
    default:
      kind satisfies never;
  }
  for (const line of extra.split("\n")) {
    const equals = line.indexOf("=");
    const name = (equals === -1 ? line : line.slice(0, equals)).trim();
    if (name !== "") fields.push([name, equals === -1 ? "" : line.slice(equals + 1)]);
  }
  return fields;
}
