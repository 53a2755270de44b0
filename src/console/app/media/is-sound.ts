import type { FileVersion } from "../files/file-version.ts";

/** Whether a version is one to listen to. */
export function isSound({ kind, content_type }: FileVersion): boolean {
  return kind === "asset" && content_type.startsWith("audio/");
}
