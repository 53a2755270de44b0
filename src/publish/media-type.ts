/** Which Content-Type an uploaded asset is served with. */
import mime from "mime";

/**
 * Types for what phones play and send and browsers run, where the registry behind `mime` has none or
 * one that they do not take: `<Play>` and MMS look at the Content-Type alone (contract 6.2, 6.3).
 */
const CALLER_TYPES: Record<string, string> = {
  "3ga": "audio/3gpp",
  ac3: "audio/ac3",
  aif: "audio/aiff",
  aifc: "audio/x-aifc",
  aiff: "audio/aiff",
  awb: "audio/AMR-WB",
  cjs: "text/javascript",
  flac: "audio/flac",
  g722: "audio/G722",
  gsm: "audio/x-gsm",
  jfif: "image/jpeg",
  l24: "audio/L24",
  m4v: "video/mp4",
  mp1: "audio/mpeg",
  mulaw: "audio/ulaw",
  pjp: "image/jpeg",
  pjpeg: "image/jpeg",
  ra: "audio/vnd.rn-realaudio",
  rtf: "text/rtf",
  twiml: "text/xml",
  ul: "audio/ulaw",
  ulaw: "audio/ulaw",
  vcf: "text/vcard",
  wave: "audio/wav",
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
 * Text that names no charset says UTF-8 where that is what it is (`utf8`): browsers guess another.
 */
export function assetMediaType(
  said: string | null,
  path: string,
  head: Uint8Array,
  utf8: boolean,
): string {
  const type = isSaid(said) ? said : (extensionType(path) ?? sniffedType(head) ?? UNKNOWN);
  if (!utf8 || !lacksCharset(type)) return type;
  const named = `${type.replace(/[\t ]*;[\t ]*$/, "")}; charset=utf-8`;
  return isMediaType(named) ? named : type;
}

/** Whether what a client said of a file's type counts. */
function isSaid(said: string | null): said is string {
  return said !== null && essence(said) !== UNKNOWN;
}

/**
 * Whether a file that a client says to be of this type (null: it says nothing) may turn out to be text
 * without a charset.
 */
export function mayBeText(said: string | null): boolean {
  return !isSaid(said) || lacksCharset(said);
}

function lacksCharset(type: string): boolean {
  const kind = essence(type);
  const text = kind.startsWith("text/") || SCRIPTS.has(kind);
  return text && !OWN_CHARSET.has(kind) && !CHARSET.test(type);
}

const SCRIPTS = new Set(["application/javascript", "application/x-javascript"]);

/**
 * Texts that say in themselves how they are encoded (RFC 7303, RTF), or are UTF-8 by their own
 * definition (RFC 6350) and are compared with the types that an MMS may have.
 */
const OWN_CHARSET = new Set([
  "text/directory",
  "text/richtext",
  "text/rtf",
  "text/vcard",
  "text/x-vcard",
  "text/xml",
]);

const CHARSET = /;[\t ]*charset[\t ]*=/i;

/** Returns a media type without its parameters, in lower case. */
export function essence(type: string): string {
  return (type.split(";", 1)[0] as string).trim().toLowerCase();
}

function extensionType(path: string): string | null {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const extension = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase();
  if (extension === undefined) return null;
  return Object.hasOwn(CALLER_TYPES, extension)
    ? (CALLER_TYPES[extension] as string)
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
  ["image/webp", "RIFF", null, null, null, null, "WEBP"],
  ["audio/aiff", "FORM", null, null, null, null, "AIFF"],
  ["audio/x-aifc", "FORM", null, null, null, null, "AIFC"],
  ["audio/basic", ".snd"],
  ["audio/AMR-WB", "#!AMR-WB\n"],
  ["audio/amr", "#!AMR\n"],
  ["audio/flac", "fLaC"],
  ["audio/mp4", null, null, null, null, "ftypM4A"],
  ["image/heic", null, null, null, null, "ftyphei"],
  ["image/avif", null, null, null, null, "ftypavif"],
  ["video/quicktime", null, null, null, null, "ftypqt"],
  ["video/3gpp", null, null, null, null, "ftyp3g"],
  ["video/mp4", null, null, null, null, "ftyp"],
  ["audio/ogg", "OggS"],
  ["image/png", 0x89, "PNG\r\n", 0x1a, "\n"],
  ["image/jpeg", 0xff, 0xd8, 0xff],
  ["image/gif", "GIF87a"],
  ["image/gif", "GIF89a"],
  ["image/tiff", "II*", 0x00],
  ["image/tiff", "MM", 0x00, "*"],
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
