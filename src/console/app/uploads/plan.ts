/** What will be uploaded: each file with its path and visibility, and what is wrong with it. */
import type { LimitsRepresentation, Visibility } from "../../../api/representations.ts";
import type { FileKind } from "../files/file-version.ts";
import { functionPath, pathKey, pathProblem, placementOf } from "../files/paths.ts";
import { formatBytes, formatLimit } from "../format.ts";

export type PlannedFile = {
  id: number;
  /** As it was called where it came from. */
  name: string;
  size: number;
  kind: FileKind;
  path: string;
  visibility: Visibility;
};

export type PlanContext = {
  limits: LimitsRepresentation | undefined;
  /** What the service has already, by path key. */
  existing: ReadonlyMap<string, FileKind>;
};

/** `error`: cannot be uploaded like this. `note`: can, and this is what happens. */
export type Finding = { level: "error" | "note"; text: string };

/** Returns the plan for files as they came, to go below `folder`. */
export function planOf(files: { name: string; size: number }[], folder: string): PlannedFile[] {
  return files.map(({ name, size }, id) => ({
    id,
    name,
    size,
    kind: "asset",
    ...placementOf(name, folder),
  }));
}

/** Whether a file can be a function's source. */
export function isSource({ name }: Pick<PlannedFile, "name">): boolean {
  return /\.js$/i.test(name);
}

/** Returns what of a source changes with its kind: a function's path has no `.js`. */
export function asKind(
  { path }: Pick<PlannedFile, "path">,
  kind: FileKind,
): Pick<PlannedFile, "kind" | "path"> {
  return { kind, path: functionPath(path) + (kind === "asset" ? ".js" : "") };
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
  const problem = pathProblem(file.path, file.kind);
  const there = existing.get(pathKey(file.path));
  if (problem) findings.push({ level: "error", text: problem });
  else if (rivals.length > 0) {
    const names = rivals.map(({ name }) => name).join(", ");
    findings.push({
      level: "error",
      text: `Same path as ${names}: give one another path, or remove it`,
    });
  } else if (there === file.kind) {
    findings.push({ level: "note", text: "Replaces the file at this path" });
  } else if (there !== undefined) {
    const text = `This path is that of ${there === "function" ? "a function" : "an asset"}`;
    findings.push({ level: "error", text });
  }
  const tooLarge = sizeProblem(file, limits);
  if (tooLarge) findings.push({ level: "error", text: tooLarge });
  if (file.size === 0) findings.push({ level: "note", text: "This file is empty" });
  if (pathKey(file.path) === "/_headers") {
    findings.push({ level: "note", text: "Holds header rules: read when deployed, not served" });
  }
  return findings;
}

/** Returns a sentence about a file that is larger than the API takes, or null. */
export function sizeProblem(
  { kind, visibility, size }: Pick<PlannedFile, "kind" | "visibility" | "size">,
  limits: LimitsRepresentation | undefined,
): string | null {
  if (!limits) return null;
  const [what, limit] =
    kind === "function"
      ? ["function", limits.function_bytes]
      : visibility === "private"
        ? ["private file", limits.private_asset_bytes]
        : ["file", limits.asset_bytes];
  if (size <= limit) return null;
  return `${formatBytes(size)} is too large: a ${what} has at most ${formatLimit(limit)}`;
}

/** Returns a sentence about a service that would have more files than a build can hold, or null. */
export function tooMany(
  count: { shared: number; private: number; functions: number },
  limits: LimitsRepresentation | undefined,
): string | null {
  if (!limits) return null;
  if (count.shared > limits.assets_per_build) {
    return `The service would have ${count.shared} public and protected files. A build holds at most ${limits.assets_per_build}: you can upload them, but not deploy them together.`;
  }
  if (count.private > limits.private_assets_per_build) {
    return `The service would have ${count.private} private files. A build holds at most ${limits.private_assets_per_build}: you can upload them, but not deploy them together.`;
  }
  if (count.functions > limits.function_versions_per_build) {
    return `The service would have ${count.functions} functions. A build holds at most ${limits.function_versions_per_build}: you can upload them, but not deploy them together.`;
  }
  return null;
}
