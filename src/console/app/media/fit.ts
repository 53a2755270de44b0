/** Makes of a file what telephones and messages take, in the page: nothing leaves it until it is taken. */
import { fetchContent } from "../files/edits.ts";
import type { FileVersion } from "../files/file-version.ts";
import { essence } from "../preflight/sniff.ts";
import type { Fitting } from "./fittings.ts";
import { telephoneWav } from "./telephone-wav.ts";
import { withoutMetadata } from "./without-metadata.ts";

/** What a telephone carries: samples a second. */
const TELEPHONE_RATE = 8_000;

/** What nearly every carrier passes on, bytes; MMS itself takes 5 MB (contract 6.3). */
const MESSAGE_BYTES = 600_000;

/** Pixels of the longer side, and qualities, tried one after the other until it is small enough. */
const TRIES = [
  [2048, 0.85],
  [1600, 0.82],
  [1280, 0.8],
  [1024, 0.75],
  [800, 0.7],
] as const;

/** Makes it; throws a sentence where the browser cannot. */
export async function makeFitting(version: FileVersion, fitting: Fitting): Promise<Blob> {
  const content = await fetchContent(version);
  switch (fitting) {
    case "telephone-wav":
      return telephoneSound(content);
    case "small-jpeg":
      return smallJpeg(content);
    case "clean-copy":
      return cleanCopy(content, essence(version.content_type));
  }
}

async function telephoneSound(content: Blob): Promise<Blob> {
  const decoder = new OfflineAudioContext(1, 1, TELEPHONE_RATE);
  const decoded = await decoder.decodeAudioData(await content.arrayBuffer()).catch(() => {
    throw new Error("This browser cannot decode it. Convert it to WAV with another program.");
  });
  const length = Math.max(1, Math.ceil(decoded.duration * TELEPHONE_RATE));
  const mixer = new OfflineAudioContext(1, length, TELEPHONE_RATE);
  const source = mixer.createBufferSource();
  source.buffer = decoded;
  source.connect(mixer.destination);
  source.start();
  const rendered = await mixer.startRendering();
  const wav = telephoneWav(rendered.getChannelData(0), TELEPHONE_RATE);
  return new Blob([wav], { type: "audio/wav" });
}

async function smallJpeg(content: Blob): Promise<Blob> {
  const picture = await createImageBitmap(content).catch(() => {
    throw new Error("This browser cannot show it. Convert it to JPEG with another program.");
  });
  try {
    let made: Blob | null = null;
    for (const [longest, quality] of TRIES) {
      made = await jpegOf(picture, longest, quality);
      if (made.size <= MESSAGE_BYTES) return made;
    }
    return made as Blob;
  } finally {
    picture.close();
  }
}

function jpegOf(picture: ImageBitmap, longest: number, quality: number): Promise<Blob> {
  const scale = Math.min(1, longest / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser has no memory left for the picture.");
  // JPEG has no transparency: what shows through is white, as paper is.
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) =>
    canvas.toBlob(
      (blob) =>
        blob ? resolve(blob) : reject(new Error("The picture is too large for this browser.")),
      "image/jpeg",
      quality,
    ),
  );
}

async function cleanCopy(content: Blob, type: string): Promise<Blob> {
  const made = withoutMetadata(new Uint8Array(await content.arrayBuffer()), type);
  if (made) return new Blob([made], { type });
  throw new Error(`Metadata of ${type} cannot be taken out here. Make a JPEG of it instead.`);
}
