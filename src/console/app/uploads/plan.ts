/** What will be uploaded: each file with its path and visibility, and what is wrong with it. */
import type { LimitsRepresentation, Visibility } from "../../../api/representations.ts";
import type { FileKind } from "../files/file-version.ts";
import { functionPath, pathKey, pathProblem, placementOf } from "../files/paths.ts";
import { isWider } from "../files/visibilities.ts";
import { formatBytes, formatLimit } from "../format.ts";

export type PlannedFile = {
  id: number;
  /** As it was called where it came from. */
  name: string;
  size: number;
  kind: FileKind;
  path: string;
  visibility: Visibility;
  /** What its name sets; null where it sets none. */
  marked: Visibility | null;
  /** Whether the person set its visibility, its path. */
  chosen: boolean;
  edited: boolean;
};

/** What matters of a version when it is compared with a file. */
export type Facts = {
  kind: FileKind;
  visibility: Visibility;
  /** Lower-case hexadecimal. */
  sha256: string;
  /** Bytes. */
  size: number;
};

/** A file that is there: as it would be deployed, and as it is live. */
export type Existing = Facts & {
  /** Whether it would be deployed; else it was deleted, is live all the same, and so are its facts. */
  drafted: boolean;
  /** Null where it is not live in the environment that is deployed to. */
  live: Facts | null;
};

export type PlanContext = {
  limits: LimitsRepresentation | undefined;
  /** What the service has already, by path key. */
  existing: ReadonlyMap<string, Existing>;
};

/**
 * `error`: cannot be uploaded like this. `wider`: can, and more people may then fetch it than may now.
 * `warning`: can, and will not work as it is. `note`: can, and this is what happens.
 */
export type Finding = { level: "error" | "wider" | "warning" | "note"; text: string };

/** Returns the plan for files as they came, to go below `folder`. */
export function planOf(
  files: { name: string; size: number }[],
  folder: string,
  existing: PlanContext["existing"],
): PlannedFile[] {
  return files.map(({ name, size }, id) => {
    const unset = { kind: "asset", chosen: false, edited: false } as const;
    return withVisibility({ id, name, size, ...unset, ...placementOf(name, folder) }, existing);
  });
}

/** Returns the plan with all below `folder` whose path nobody typed. */
export function planBelow(
  plan: PlannedFile[],
  folder: string,
  existing: PlanContext["existing"],
): PlannedFile[] {
  return plan.map((file) => {
    if (file.edited) return file;
    const placed = { ...file, ...placementOf(file.name, folder) };
    return withVisibility({ ...placed, ...asKind(placed, file.kind) }, existing);
  });
}

/**
 * Returns where files that came as `names` go below `into`, and their names below that: a folder that
 * came alone keeps its name, unless without it more of its files replace what is there.
 */
export function destinationOf(
  names: string[],
  into: string,
  existing: PlanContext["existing"],
): { folder: string; names: string[] } {
  const top = names[0]?.includes("/") ? (names[0].split("/", 1)[0] as string) : null;
  const alone = top !== null && names.every((name) => name.startsWith(`${top}/`));
  if (!alone) return { folder: into, names };
  const below = names.map((name) => name.slice(top.length + 1));
  const named = placementOf(top, into).path;
  const replaced = (folder: string) =>
    below.filter((name) => existing.has(pathKey(placementOf(name, folder).path))).length;
  return { folder: replaced(into) > replaced(named) ? into : named, names: below };
}

/** Whether uploading a file of these bytes would change nothing of the draft. */
export function isSame(
  file: PlannedFile,
  sha256: string | undefined,
  existing: PlanContext["existing"],
): boolean {
  const there = existing.get(pathKey(file.path));
  return there?.drafted === true && isLike(file, sha256, there);
}

/**
 * Whether a file of these bytes would make its path what is live again, where the draft has another, or
 * none: nothing is to be sent for that.
 */
export function isLiveAgain(
  file: PlannedFile,
  sha256: string | undefined,
  existing: PlanContext["existing"],
): boolean {
  const live = existing.get(pathKey(file.path))?.live;
  return !!live && isLike(file, sha256, live) && !isSame(file, sha256, existing);
}

function isLike(file: PlannedFile, sha256: string | undefined, facts: Facts): boolean {
  return (
    facts.sha256 === sha256 && facts.kind === file.kind && facts.visibility === file.visibility
  );
}

/**
 * Gives a planned file the visibility it has unless the person chose one: what replaces a file keeps
 * that file's, and a mark in its name may only narrow it. Nobody publishes by dropping a file.
 */
export function withVisibility(
  file: Omit<PlannedFile, "visibility"> & { visibility?: Visibility },
  existing: PlanContext["existing"],
): PlannedFile {
  if (file.chosen && file.visibility) return { ...file, visibility: file.visibility };
  const before = existing.get(pathKey(file.path))?.visibility;
  const wanted = file.marked ?? before ?? "public";
  return { ...file, visibility: before && isWider(before, wanted) ? before : wanted };
}

/** Whether a file can be a function's source. */
export function isSource({ name }: Pick<PlannedFile, "name">): boolean {
  return /\.js$/i.test(name);
}

/** Returns what of a source changes with its kind: a function's path has no `.js`. */
export function asKind(
  { name, path }: Pick<PlannedFile, "name" | "path">,
  kind: FileKind,
): Pick<PlannedFile, "kind" | "path"> {
  if (!isSource({ name })) return { kind, path };
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
  const before = there?.live?.visibility ?? there?.visibility;
  if (problem) findings.push({ level: "error", text: problem });
  else if (rivals.length > 0) {
    const names = rivals.map(({ name }) => name).join(", ");
    findings.push({
      level: "error",
      text: `Same path as ${names}: give one another path, or remove it`,
    });
  } else if (there?.drafted === false) {
    findings.push({ level: "note", text: "Was deleted, and is live until the next deployment" });
  } else if (there?.kind === file.kind) {
    findings.push({ level: "note", text: "Replaces the file at this path" });
  } else if (there !== undefined) {
    const text = `This path is that of ${there.kind === "function" ? "a function" : "an asset"}`;
    findings.push({ level: "error", text });
  }
  if (before && isWider(before, file.visibility)) {
    const now = there?.live ? "than it is live" : "than now";
    findings.push({ level: "wider", text: `More visible ${now}: ${before} → ${file.visibility}` });
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
