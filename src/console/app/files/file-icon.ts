import { essence } from "../preflight/sniff.ts";
import type { FileVersion } from "./file-version.ts";
import { isText } from "./text-types.ts";

type FileIcon = "function" | "music" | "image" | "video" | "code" | "file";

/** Returns the drawing that tells what a file is; a document of an office is no code, whatever it is made of. */
export function iconOf({
  kind,
  content_type,
}: Pick<FileVersion, "kind" | "content_type">): FileIcon {
  if (kind === "function") return "function";
  const type = essence(content_type);
  if (type.startsWith("audio/")) return "music";
  if (type.startsWith("image/")) return "image";
  if (type.startsWith("video/")) return "video";
  return isText(type) && !/^text\/(plain|csv|calendar|vcard|markdown)$/.test(type)
    ? "code"
    : "file";
}
