/**
 * The packages that a service's functions ask for. The API keeps them with each build (contract 1.3),
 * so what a person changes waits in this tab for the next one.
 */
import { useQuery } from "@tanstack/react-query";
import { useMemo, useSyncExternalStore } from "react";
import type {
  BuildRepresentation,
  DependencyRepresentation,
} from "../../../api/representations.ts";
import { newestBuildQuery } from "../api/queries.ts";
import { createListeners } from "../listeners.ts";
import { type BuildSettings, lastSettings } from "./build-settings.ts";

const { listen, announce } = createListeners();

/**
 * Returns what the next build of a service is made with: the newest build's settings, or, where that
 * has no functions, those of `targetBuild`; the dependencies as the person changed them.
 */
export function useBuildSettings(
  serviceSid: string,
  targetBuild: BuildRepresentation | undefined,
): BuildSettings & { ready: boolean } {
  const newest = useQuery(newestBuildQuery(serviceSid));
  const stored = useSyncExternalStore(listen, () => sessionStorage.getItem(keyOf(serviceSid)));
  return useMemo(() => {
    const base = lastSettings(newest.data ?? null, targetBuild ?? null);
    const dependencies = editedDependencies(stored) ?? base.dependencies;
    return { ...base, dependencies, ready: newest.data !== undefined };
  }, [newest.data, targetBuild, stored]);
}

/** Keeps `dependencies` for the next build. */
export function editDependencies(
  serviceSid: string,
  dependencies: DependencyRepresentation[],
): void {
  sessionStorage.setItem(keyOf(serviceSid), JSON.stringify(dependencies));
  announce();
}

/** Forgets what the person changed: a build has it, or it is not wanted. */
export function forgetDependencyEdits(serviceSid: string): void {
  sessionStorage.removeItem(keyOf(serviceSid));
  announce();
}

function keyOf(serviceSid: string): string {
  return `ringback.dependencies.${serviceSid}`;
}

function editedDependencies(stored: string | null): DependencyRepresentation[] | null {
  return stored === null ? null : (JSON.parse(stored) as DependencyRepresentation[]);
}
