import { pathKey } from "../files/paths.ts";
import type { Warning } from "../preflight/warnings.ts";

/** What the page can make of a file: beside it, and better fit for calls or messages. */
export type Fitting = "telephone-wav" | "small-jpeg" | "clean-copy";

export const FITTING_WORDS: Record<Fitting, string> = {
  "telephone-wav": "Make a telephone WAV",
  "small-jpeg": "Make a smaller JPEG",
  "clean-copy": "Make a copy without metadata",
};

/** Returns what helps against a warning about a file of this media type; null where nothing here does. */
export function fittingFor(kind: Warning["kind"], type: string): Fitting | null {
  const isPicture = /^image\/(?!svg)/.test(type);
  switch (kind) {
    case "play-type":
      return "telephone-wav";
    case "mms-size":
    case "mms-type":
      return isPicture ? "small-jpeg" : null;
    case "location":
    case "metadata":
      if (/^image\/(jpeg|png|webp)/.test(type)) return "clean-copy";
      return isPicture ? "small-jpeg" : null;
    default:
      return null;
  }
}

/** Returns a free path beside `path` for what is made of it. */
export function fittedPath(
  path: string,
  fitting: Fitting,
  taken: { has(pathKey: string): boolean },
): string {
  const dot = /\.[^./]+$/.exec(path)?.[0] ?? "";
  const base = dot === "" ? path : path.slice(0, -dot.length);
  const [mark, extension] = {
    "telephone-wav": ["", ".wav"],
    "small-jpeg": ["-small", ".jpg"],
    "clean-copy": ["-clean", dot],
  }[fitting] as [string, string];
  for (let number = 1; ; number++) {
    const again = number === 1 ? "" : `-${number}`;
    const made = `${base}${mark}${again}${extension}`;
    if (!taken.has(pathKey(made))) return made;
  }
}
