import { essence } from "../preflight/sniff.ts";

/** The largest text that the page edits, bytes. */
const EDITABLE_BYTES = 1_000_000;

const TEXT_APPLICATIONS = new Set([
  "application/javascript",
  "application/json",
  "application/xml",
  "application/x-sh",
  "application/yaml",
  "application/toml",
]);

/** Whether files of media type `type` are text. */
export function isText(type: string): boolean {
  const name = essence(type);
  return name.startsWith("text/") || /\+(xml|json)$/.test(name) || TEXT_APPLICATIONS.has(name);
}

/** Whether a version can be edited as text in the page. */
export function isEditableText(version: {
  path: string;
  content_type: string;
  content_size: number;
}): boolean {
  const isRules = version.path === "/_headers";
  return (isRules || isText(version.content_type)) && version.content_size <= EDITABLE_BYTES;
}
