import type { FileVersion } from "../files/file-version.ts";
import type { Inspection } from "./inspections.ts";
import { type Warning, warningsOf } from "./warnings.ts";

/** Returns what to warn of before `version` is deployed; a function is run, not fetched as it is. */
export function versionWarnings(
  version: FileVersion,
  inspections: ReadonlyMap<string, Inspection>,
): Warning[] {
  if (version.kind === "function") return [];
  const inspection = inspections.get(version.content_sha256);
  return warningsOf({
    type: version.content_type,
    size: version.content_size,
    visibility: version.visibility,
    ...(inspection ?? {}),
  });
}
