import type { VersionFacts } from "../../../api/representations.ts";
import type { FileVersion } from "../files/file-version.ts";
import { factsKnown } from "./inspections.ts";
import { type Warning, warningsOf } from "./warnings.ts";

/** Returns what to warn of in `version`; a function is run, not fetched as it is. */
export function versionWarnings(
  version: FileVersion,
  inspections: ReadonlyMap<string, VersionFacts>,
): Warning[] {
  if (version.kind === "function") return [];
  const facts = factsKnown(version, inspections);
  return warningsOf({
    type: version.content_type,
    size: version.content_size,
    visibility: version.visibility,
    ...(facts ? { sniffed: facts.sniffed, embedded: facts } : {}),
  });
}
