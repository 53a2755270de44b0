import { existsSync } from "node:fs";
import path from "node:path";
import { readToolkitFolder } from "../deploy/toolkit-folder.ts";
import { ImportFailure } from "./failure.ts";
import type { SourceService } from "./source-services.ts";

/** The private assets of a service, by path. */
export type PrivateFiles = Map<string, Buffer>;

/** The paths of the private assets that what a service serves needs, each once. */
export function privatePaths(service: SourceService): string[] {
  const versions = service.environments.flatMap(({ build }) => build?.versions ?? []);
  const wanted = versions.filter(
    ({ kind, visibility }) => kind === "asset" && visibility === "private",
  );
  return [...new Set(wanted.map((version) => version.path))].toSorted();
}

/**
 * Reads the private assets of `services` from toolkit projects (contract section 4): by service SID,
 * whatever visibility their file names tell. `folder` is the project where one service alone needs
 * one; else it holds a project for each, named like the service. Throws ImportFailure.
 */
export function readPrivateFiles(
  folder: string | null,
  services: SourceService[],
): Map<string, PrivateFiles> {
  const found = new Map<string, PrivateFiles>();
  if (folder === null) return found;
  if (!existsSync(folder)) throw new ImportFailure(`--private-from: there is no folder ${folder}`);
  const needy = services.filter((service) => privatePaths(service).length > 0);
  for (const { sid, uniqueName } of needy) {
    const own = path.join(folder, uniqueName);
    const project = existsSync(own) ? own : needy.length === 1 ? folder : null;
    if (project !== null) found.set(sid, readProject(project));
  }
  if (needy.length > 0 && found.size === 0) {
    const names = needy.map(({ uniqueName }) => path.join(folder, uniqueName)).join(", ");
    throw new ImportFailure(
      `--private-from: several services have private assets, and ${folder} has none of their folders\n` +
        `(${names}).`,
    );
  }
  return found;
}

function readProject(project: string): PrivateFiles {
  try {
    return new Map(readToolkitFolder(project).map((asset) => [asset.path, asset.content]));
  } catch (error) {
    throw new ImportFailure(`--private-from: ${(error as Error).message}`);
  }
}
