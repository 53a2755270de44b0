import type { VersionFacts } from "../../../api/representations.ts";
import { embeddedMetadata } from "./embedded.ts";
import { imageSize, wavSeconds } from "./measures.ts";
import { SNIFFED_BYTES, sniffedType } from "./sniff.ts";

/** Raised when the rules find more than before: what was found by older ones is looked for again. */
export const RULES = 1;

/**
 * Returns what `bytes` show, all or the first of a file of `size` bytes. How long something plays other
 * than WAV only the browser's own decoders know.
 */
export function factsOf(bytes: Uint8Array, size: number): VersionFacts {
  const sniffed = sniffedType(bytes.subarray(0, SNIFFED_BYTES));
  const { metadata, location } = embeddedMetadata(bytes, sniffed ?? "");
  const pixels = imageSize(bytes, sniffed ?? "");
  return {
    rules: RULES,
    sniffed,
    metadata,
    location,
    seconds: sniffed === "audio/wav" ? wavSeconds(bytes, size) : null,
    width: pixels?.width ?? null,
    height: pixels?.height ?? null,
  };
}
