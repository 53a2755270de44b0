import type { Visibility } from "../../../api/representations.ts";
import type { Embedded } from "./embedded.ts";
import { agree, essence } from "./sniff.ts";

/** What is known of a file before it is deployed. */
export type Subject = {
  /** Media type it will be served with. */
  type: string;
  /** Bytes. */
  size: number;
  visibility: Visibility;
  /** What its bytes show (sniffedType); undefined where nobody looked. */
  sniffed?: string | null;
  /** What it holds beside what it shows; undefined where nobody looked. */
  embedded?: Embedded;
};

export type Warning = {
  kind: "play-type" | "mms-size" | "mms-type" | "type-mismatch" | "metadata" | "location" | "empty";
  /** A few words for the list. */
  title: string;
  /** What happens, and the way out. */
  detail: string;
};

/** Contract 6.2: what `<Play>` takes; all else is error 12300. */
const PLAY_TYPES = new Set([
  "audio/mpeg",
  "audio/wav",
  "audio/wave",
  "audio/x-wav",
  "audio/aiff",
  "audio/x-aifc",
  "audio/x-aiff",
  "audio/x-gsm",
  "audio/gsm",
  "audio/ulaw",
]);

/** Contract 6.3: Twilio converts these to what the handset takes. */
const TRANSCODED = new Set(["image/jpeg", "image/jpg", "image/gif", "image/png"]);

/** Contract 6.3: passed on as they are. */
const ACCEPTED_IMAGES = new Set([
  "image/bmp",
  "image/tiff",
  "image/heic",
  "image/heif",
  "image/webp",
]);

/** Contract 6.3: all media of one message. */
const MMS_BYTES = 5_000_000;
const RICH_BYTES = 16_000_000;

/**
 * Returns what a caller or a recipient would meet when `subject` is deployed as it is. A private file
 * is fetched by nobody, so only its emptiness is worth a word. Facts: contract 6.2 and 6.3.
 */
export function warningsOf(subject: Subject): Warning[] {
  const { size, visibility } = subject;
  if (size === 0) return [EMPTY];
  if (visibility === "private") return [];
  const type = essence(subject.type);
  const warnings = [...playWarnings(type, subject.sniffed), ...messageWarnings(type, size)];
  if (subject.sniffed && !agree(type, subject.sniffed)) {
    warnings.unshift(mismatch(type, subject.sniffed));
  }
  return [...warnings, ...embeddedWarnings(subject)];
}

const EMPTY: Warning = {
  kind: "empty",
  title: "Empty file",
  detail: "It has no bytes. If it was to hold something, replace it.",
};

function mismatch(type: string, sniffed: string): Warning {
  return {
    kind: "type-mismatch",
    title: `Not ${type}`,
    detail: `It is served as ${type}, but its bytes are ${sniffed}. Twilio goes by the type alone and may refuse or garble it. Replace it under a name with the right extension.`,
  };
}

/** The API goes by the extension, and without one that it knows by nothing. */
const NAMELESS_AUDIO: Warning = {
  kind: "play-type",
  title: "<Play> refuses it",
  detail:
    "It is served as application/octet-stream, since its name has no extension that tells its type: the call gets error 12300. Rename it, to .mp3 or .wav as it is.",
};

function playWarnings(type: string, sniffed: string | null = null): Warning[] {
  if (type === "application/octet-stream" && sniffed?.startsWith("audio/")) return [NAMELESS_AUDIO];
  if (!type.startsWith("audio/") || PLAY_TYPES.has(type)) return [];
  return [
    {
      kind: "play-type",
      title: "<Play> refuses it",
      detail: `<Play> does not take ${type}: the call gets error 12300. Convert it to MP3 or WAV.`,
    },
  ];
}

function messageWarnings(type: string, size: number): Warning[] {
  const warnings: Warning[] = [];
  if (type.startsWith("image/") && !TRANSCODED.has(type)) {
    warnings.push({
      kind: "mms-type",
      title: ACCEPTED_IMAGES.has(type) ? "MMS does not convert it" : "MMS refuses it",
      detail: ACCEPTED_IMAGES.has(type)
        ? `Twilio passes ${type} on as it is, and many phones cannot show it. JPEG, PNG and GIF are converted for each phone.`
        : `Twilio does not take ${type} in a message. Use JPEG, PNG or GIF.`,
    });
  }
  if (isMessageMedia(type) && size > MMS_BYTES) {
    const rich = size > RICH_BYTES ? " It is also over the 16 MB of WhatsApp and RCS." : "";
    warnings.push({
      kind: "mms-size",
      title: "Too large for MMS",
      detail: `An MMS holds 5 MB at most, many carriers less.${rich} In calls and on web pages its size is no problem.`,
    });
  }
  return warnings;
}

function isMessageMedia(type: string): boolean {
  return /^(image|audio|video)\//.test(type) || type === "application/pdf";
}

function embeddedWarnings({ embedded, visibility }: Subject): Warning[] {
  const readers = visibility === "public" ? "Everyone" : "Everyone it is sent to";
  if (embedded?.location) {
    return [
      {
        kind: "location",
        title: "Tells where it was made",
        detail: `${readers} can read the position in it (GPS). Remove it and replace the file.`,
      },
    ];
  }
  if (embedded?.metadata) {
    return [
      {
        kind: "metadata",
        title: "Holds camera data",
        detail: `${readers} can read its EXIF or XMP data: camera, time, software.`,
      },
    ];
  }
  return [];
}
