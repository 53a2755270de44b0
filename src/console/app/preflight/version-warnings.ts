import type { AssetVersionRepresentation } from "../../../api/representations.ts";
import type { Inspection } from "./inspections.ts";
import { type Warning, warningsOf } from "./warnings.ts";

/** Returns what to warn of before `version` is deployed. */
export function versionWarnings(
  version: AssetVersionRepresentation,
  inspections: ReadonlyMap<string, Inspection>,
): Warning[] {
  const inspection = inspections.get(version.content_sha256);
  return warningsOf({
    type: version.content_type,
    size: version.content_size,
    visibility: version.visibility,
    ...(inspection ?? {}),
  });
}
