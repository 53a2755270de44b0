import type {
  BuildRepresentation,
  DependencyRepresentation,
} from "../../../api/representations.ts";

/** What a build is made with beside its files. */
export type BuildSettings = {
  dependencies: DependencyRepresentation[];
  /** What the last build's dependencies became, and what those need. */
  resolved: { name: string; version: string }[];
  /** Null where no build has said: the API then chooses. */
  runtime: string | null;
};

/** Returns the settings of the last build that had functions to use them. */
export function lastSettings(
  newest: BuildRepresentation | null,
  current: BuildRepresentation | null,
): BuildSettings {
  const used = [newest, current].find((build) => (build?.function_versions.length ?? 0) > 0);
  const build = used ?? newest ?? current;
  return {
    dependencies: build?.dependencies ?? [],
    resolved: build?.resolved_dependencies ?? [],
    runtime: build?.runtime ?? null,
  };
}
