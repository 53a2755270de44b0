/** TwiML's elements and what each may hold, by name. Source: the classes of the `twilio` package. */

const SPOKEN = "break emphasis lang p phoneme prosody s say-as sub w";
const SPOKEN_INLINE = "break emphasis lang phoneme prosody say-as sub w";
const PROMPTED = "Pause Play Say";

const CHILDREN: Record<string, string> = {
  Response:
    "Connect Dial Echo Enqueue Gather Hangup Leave Message Pause Pay Play Prompt Queue Receive Record Redirect Refer Reject Say Sms Start Stop",
  Connect:
    "AiSession Assistant Autopilot Conversation ConversationRelay ConversationRelaySession Room Stream VirtualAgent",
  ConversationRelay: "Language Parameter",
  Stream: "Parameter",
  VirtualAgent: "Config Parameter",
  Dial: "Application Client Conference Number Queue Sim Sip WhatsApp",
  Application: "ApplicationSid Parameter",
  Client: "Identity Parameter",
  Sip: "Headers Uri",
  Headers: "Header",
  Enqueue: "Task",
  Gather: PROMPTED,
  Prompt: PROMPTED,
  Say: SPOKEN,
  emphasis: SPOKEN_INLINE,
  lang: SPOKEN,
  p: `${SPOKEN_INLINE} s`,
  prosody: SPOKEN,
  s: SPOKEN_INLINE,
  w: "break emphasis phoneme prosody say-as sub",
  Hangup: "Parameter",
  Pay: "Parameter Prompt",
  Refer: "Sip",
  Reject: "Parameter",
  Start: "Recording Siprec Stream Transcription",
  Siprec: "Parameter",
  Transcription: "Config Parameter",
  Stop: "Siprec Stream Transcription",
  Message: "Body Media",
};

const ALLOWED = new Map(
  Object.entries(CHILDREN).map(([name, children]) => [name, children.split(" ")]),
);

const KNOWN = new Set(["Response", ...[...ALLOWED.values()].flat()]);

/** Returns the names of what the element `name` may hold; none for one that holds no elements. */
export function childrenOf(name: string): readonly string[] {
  return ALLOWED.get(name) ?? [];
}

/** Whether TwiML has an element of this name anywhere. */
export function isTwimlElement(name: string): boolean {
  return KNOWN.has(name);
}
