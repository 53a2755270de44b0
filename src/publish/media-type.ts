/** Which Content-Type an uploaded asset is served with. */
import mime from "mime";

/**
 * Types for what phones play and send, where the registry behind `mime` has none or one that Twilio
 * does not take: `<Play>` and MMS look at the Content-Type alone (contract 6.2, 6.3).
 */
const TELEPHONY_TYPES: Record<string, string> = {
  aif: "audio/aiff",
  aifc: "audio/x-aifc",
  aiff: "audio/aiff",
  g722: "audio/G722",
  gsm: "audio/x-gsm",
  mulaw: "audio/ulaw",
  rtf: "text/rtf",
  twiml: "text/xml",
  ul: "audio/ulaw",
  ulaw: "audio/ulaw",
  vcf: "text/vcard",
  xml: "text/xml",
};

const UNKNOWN = "application/octet-stream";

const TOKEN = "[\\w!#$%&'*+\\-.^`|~]+";
const QUOTED = '"(?:[\\t !#-[\\]-~]|\\\\[\\t -~])*"';

/** RFC 9110 8.3.1, in ASCII: `type/subtype` and parameters. No two ways to match one text. */
const MEDIA_TYPE = new RegExp(
  `^${TOKEN}/${TOKEN}(?:[\\t ]*;(?:[\\t ]*${TOKEN}=(?:${TOKEN}|${QUOTED}))?)*$`,
);

const MAX_MEDIA_TYPE = 255;

/** How many bytes at the start of a file `assetMediaType` looks at. */
export const SNIFFED_BYTES = 12;

/** Whether `value` can stand in a Content-Type header as it is. */
export function isMediaType(value: string): boolean {
  return value.length <= MAX_MEDIA_TYPE && MEDIA_TYPE.test(value);
}

/**
 * Returns the Content-Type for an asset: what the client said, unless it said nothing or only
 * `application/octet-stream`; then what the path's extension stands for; then what the first bytes
 * (`head`, up to SNIFFED_BYTES) show; else `application/octet-stream`. `said` must be a media type.
 */
export function assetMediaType(said: string | null, path: string, head: Uint8Array): string {
  if (said !== null && essence(said) !== UNKNOWN) return said;
  return extensionType(path) ?? sniffedType(head) ?? UNKNOWN;
}

/** Returns a media type without its parameters, in lower case. */
export function essence(type: string): string {
  return (type.split(";", 1)[0] as string).trim().toLowerCase();
}

function extensionType(path: string): string | null {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const extension = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase();
  if (extension === undefined) return null;
  return Object.hasOwn(TELEPHONY_TYPES, extension)
    ? (TELEPHONY_TYPES[extension] as string)
    : mime.getType(extension);
}

/** What files begin with; `null` is any byte. */
const SIGNATURES: [type: string, ...start: (string | number | null)[]][] = [
  ["audio/mpeg", "ID3"],
  // An MPEG audio frame without a tag before it: layer III of MPEG 1, 2 and 2.5.
  ["audio/mpeg", 0xff, 0xfb],
  ["audio/mpeg", 0xff, 0xfa],
  ["audio/mpeg", 0xff, 0xf3],
  ["audio/mpeg", 0xff, 0xf2],
  ["audio/mpeg", 0xff, 0xe3],
  ["audio/wav", "RIFF", null, null, null, null, "WAVE"],
  ["audio/aiff", "FORM", null, null, null, null, "AIFF"],
  ["audio/ogg", "OggS"],
  ["image/png", 0x89, "PNG\r\n", 0x1a, "\n"],
  ["image/jpeg", 0xff, 0xd8, 0xff],
  ["image/gif", "GIF87a"],
  ["image/gif", "GIF89a"],
  ["application/pdf", "%PDF-"],
];

function sniffedType(head: Uint8Array): string | null {
  const match = SIGNATURES.find(([, ...start]) => {
    const expected = start.flatMap((part) =>
      typeof part === "string" ? Array.from(part, (letter) => letter.charCodeAt(0)) : [part],
    );
    return expected.every((byte, index) => byte === null || byte === head[index]);
  });
  return match?.[0] ?? null;
}
