/** What will be uploaded: each file with its path and visibility, and what is wrong with it. */
import type { LimitsRepresentation, Visibility } from "../../../api/representations.ts";
import { pathKey, pathProblem, placementOf } from "../assets/paths.ts";
import { formatBytes, formatLimit } from "../format.ts";

export type PlannedFile = {
  id: number;
  /** As it was called where it came from. */
  name: string;
  size: number;
  path: string;
  visibility: Visibility;
};

export type PlanContext = {
  limits: LimitsRepresentation | undefined;
  /** Path keys that the service has already. */
  existing: ReadonlySet<string>;
};

/** `error`: cannot be uploaded like this. `note`: can, and this is what happens. */
export type Finding = { level: "error" | "note"; text: string };

/** Returns the plan for files as they came, to go below `folder`. */
export function planOf(files: { name: string; size: number }[], folder: string): PlannedFile[] {
  return files.map(({ name, size }, id) => ({ id, name, size, ...placementOf(name, folder) }));
}

/** Returns what is to be said about each planned file, by its id. */
export function findingsOf(plan: PlannedFile[], context: PlanContext): Map<number, Finding[]> {
  const holders = new Map<string, PlannedFile[]>();
  for (const file of plan) {
    const key = pathKey(file.path);
    holders.set(key, [...(holders.get(key) ?? []), file]);
  }
  return new Map(
    plan.map((file) => {
      const rivals = (holders.get(pathKey(file.path)) ?? []).filter(({ id }) => id !== file.id);
      return [file.id, findingsOfFile(file, rivals, context)];
    }),
  );
}

function findingsOfFile(
  file: PlannedFile,
  rivals: PlannedFile[],
  { limits, existing }: PlanContext,
): Finding[] {
  const findings: Finding[] = [];
  const problem = pathProblem(file.path);
  if (problem) findings.push({ level: "error", text: problem });
  else if (rivals.length > 0) {
    const names = rivals.map(({ name }) => name).join(", ");
    findings.push({
      level: "error",
      text: `Same path as ${names}: give one another path, or remove it`,
    });
  } else if (existing.has(pathKey(file.path))) {
    findings.push({ level: "note", text: "Replaces the file at this path" });
  }
  const limit = sizeLimit(file.visibility, limits);
  if (limit !== undefined && file.size > limit) {
    const kind = file.visibility === "private" ? "private file" : "file";
    findings.push({
      level: "error",
      text: `${formatBytes(file.size)} is too large: a ${kind} has at most ${formatLimit(limit)}`,
    });
  }
  if (file.size === 0) findings.push({ level: "note", text: "This file is empty" });
  if (pathKey(file.path) === "/_headers") {
    findings.push({ level: "note", text: "Holds header rules: read when deployed, not served" });
  }
  return findings;
}

function sizeLimit(visibility: Visibility, limits: LimitsRepresentation | undefined) {
  return visibility === "private" ? limits?.private_asset_bytes : limits?.asset_bytes;
}

/** Returns a sentence about a service that would have more files than a build can hold, or null. */
export function tooMany(
  count: { shared: number; private: number },
  limits: LimitsRepresentation | undefined,
): string | null {
  if (!limits) return null;
  if (count.shared > limits.assets_per_build) {
    return `The service would have ${count.shared} public and protected files. A build holds at most ${limits.assets_per_build}: you can upload them, but not deploy them together.`;
  }
  if (count.private > limits.private_assets_per_build) {
    return `The service would have ${count.private} private files. A build holds at most ${limits.private_assets_per_build}: you can upload them, but not deploy them together.`;
  }
  return null;
}
