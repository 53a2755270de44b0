/** What the first bytes of a file say it is, whatever its name says. */

/** How many bytes at the start of a file `sniffedType` looks at. */
export const SNIFFED_BYTES = 512;

/** A text is matched as its characters' codes; `null` is any byte. */
type Signature = { type: string; at?: number; bytes: (string | number | null)[] };

const SIGNATURES: Signature[] = [
  { type: "audio/mpeg", bytes: ["ID3"] },
  { type: "audio/mpeg", bytes: [0xff, 0xfb] },
  { type: "audio/mpeg", bytes: [0xff, 0xfa] },
  { type: "audio/mpeg", bytes: [0xff, 0xf3] },
  { type: "audio/mpeg", bytes: [0xff, 0xf2] },
  { type: "audio/mpeg", bytes: [0xff, 0xe3] },
  { type: "audio/wav", bytes: ["RIFF", null, null, null, null, "WAVE"] },
  { type: "audio/aiff", bytes: ["FORM", null, null, null, null, "AIF"] },
  { type: "audio/ogg", bytes: ["OggS"] },
  { type: "audio/flac", bytes: ["fLaC"] },
  { type: "audio/amr", bytes: ["#!AMR"] },
  { type: "image/png", bytes: [0x89, "PNG\r\n", 0x1a, "\n"] },
  { type: "image/jpeg", bytes: [0xff, 0xd8, 0xff] },
  { type: "image/gif", bytes: ["GIF87a"] },
  { type: "image/gif", bytes: ["GIF89a"] },
  { type: "image/webp", bytes: ["RIFF", null, null, null, null, "WEBP"] },
  { type: "image/bmp", bytes: ["BM", null, null, null, null, 0, 0, 0, 0] },
  { type: "image/tiff", bytes: ["II", 0x2a, 0] },
  { type: "image/tiff", bytes: ["MM", 0, 0x2a] },
  { type: "image/heic", at: 4, bytes: ["ftyphei"] },
  { type: "image/heic", at: 4, bytes: ["ftyphev"] },
  { type: "image/heic", at: 4, bytes: ["ftypmif1"] },
  { type: "image/avif", at: 4, bytes: ["ftypavif"] },
  { type: "audio/mp4", at: 4, bytes: ["ftypM4A"] },
  { type: "video/quicktime", at: 4, bytes: ["ftypqt"] },
  { type: "video/3gpp", at: 4, bytes: ["ftyp3g"] },
  { type: "video/mp4", at: 4, bytes: ["ftyp"] },
  { type: "video/webm", bytes: [0x1a, 0x45, 0xdf, 0xa3] },
  { type: "application/pdf", bytes: ["%PDF-"] },
  { type: "application/zip", bytes: ["PK", 3, 4] },
  { type: "application/gzip", bytes: [0x1f, 0x8b] },
];

/** Returns the media type that `head` (the first bytes of a file) shows, or null for none known. */
export function sniffedType(head: Uint8Array): string | null {
  const match = SIGNATURES.find((signature) => matches(head, signature));
  return match?.type ?? sniffedMarkup(head);
}

function matches(head: Uint8Array, { at = 0, bytes }: Signature): boolean {
  const expected = bytes.flatMap((part) =>
    typeof part === "string" ? Array.from(part, (letter) => letter.charCodeAt(0)) : [part],
  );
  return expected.every((byte, index) => byte === null || byte === head[at + index]);
}

/** An error page that was saved under a media file's name is the usual way a type goes wrong. */
function sniffedMarkup(head: Uint8Array): string | null {
  const start = new TextDecoder().decode(head.subarray(0, SNIFFED_BYTES)).trimStart().toLowerCase();
  if (start.startsWith("<!doctype html") || start.startsWith("<html")) return "text/html";
  if (/^(<\?xml[^>]*>\s*)?(<!--[\s\S]*?-->\s*)?(<!doctype svg[^>]*>\s*)?<svg[\s>]/.test(start)) {
    return "image/svg+xml";
  }
  return start.startsWith("<?xml") ? "text/xml" : null;
}

/** Types that name one format. */
const SAME: string[][] = [
  ["audio/mpeg", "audio/mp3", "audio/mpeg3", "audio/x-mpeg", "audio/mpg"],
  ["audio/wav", "audio/wave", "audio/x-wav", "audio/vnd.wave"],
  ["audio/aiff", "audio/x-aiff", "audio/x-aifc"],
  ["audio/ogg", "video/ogg", "application/ogg", "audio/opus"],
  ["audio/flac", "audio/x-flac"],
  ["audio/amr", "audio/amr-nb"],
  ["image/jpeg", "image/jpg", "image/pjpeg"],
  ["image/bmp", "image/x-ms-bmp"],
  ["image/heic", "image/heif"],
  ["video/mp4", "audio/mp4", "audio/x-m4a", "audio/aac", "video/quicktime", "video/x-m4v"],
  ["video/3gpp", "video/3gpp2", "audio/3gpp", "audio/3gpp2", "video/mp4"],
  ["video/webm", "audio/webm", "video/x-matroska"],
  ["text/xml", "application/xml", "image/svg+xml", "text/html", "application/xhtml+xml"],
  ["application/gzip", "application/x-gzip"],
];

/** Whether a file served as `type` may hold what its bytes show, `sniffed`. */
export function agree(type: string, sniffed: string): boolean {
  const served = essence(type);
  if (served === sniffed || served === "application/octet-stream") return true;
  // Office files, .pkpass and many others are zip archives.
  if (sniffed === "application/zip") return served.startsWith("application/");
  if (sniffed === "text/xml") return served.endsWith("+xml") || sameFormat(served, sniffed);
  // A page that is XML too, and a text that is markup, are what they say.
  if (sniffed === "text/html") return served === "application/xhtml+xml" || isText(served);
  if (sniffed === "image/svg+xml") return served === "text/plain" || sameFormat(served, sniffed);
  return sameFormat(served, sniffed);
}

function isText(served: string): boolean {
  return served.startsWith("text/");
}

function sameFormat(left: string, right: string): boolean {
  return SAME.some((types) => types.includes(left) && types.includes(right));
}

/** Returns a media type without its parameters, in lower case. */
export function essence(type: string): string {
  return (type.split(";", 1)[0] as string).trim().toLowerCase();
}
