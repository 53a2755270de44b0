import { setTimeout } from "node:timers/promises";
import type { CopiedFile, Place } from "./copy-files.ts";
import { ImportFailure } from "./failure.ts";
import type { Session } from "./session.ts";
import type { Dependency, SourceBuild } from "./source-services.ts";
import { create, read } from "./target-api.ts";
import type { TargetBuild } from "./target-service.ts";

type BuildStatus = {
  status: string;
  errors?: { message: string; path?: string; line?: number }[];
};

/** Between two looks at a build that is being made, milliseconds: as Twilio's tools do. */
const POLL = 1000;
/** How long a build may take, milliseconds. */
const LONGEST_BUILD = 15 * 60 * 1000;

/**
 * Returns the build here that holds `files`, with the dependencies and the runtime of `build`: one that
 * is here already, of whichever environment, else a new one. Throws ImportFailure with every error of
 * one that fails.
 */
export async function copyBuild(
  session: Session,
  place: Place,
  build: SourceBuild,
  files: CopiedFile[],
): Promise<TargetBuild> {
  const { api, ledger } = session;
  const { holdings, target } = place;
  const made = ledger.target(build.sid);
  const same = holdings.builds.find(
    (one) =>
      one.status !== "failed" &&
      holdsFiles(one, files) &&
      (one.sid === made || (sameDependencies(one, build) && one.runtime === build.runtime)),
  );
  const service = `/Services/${target.sid}`;
  const list = async () => {
    const page = await read<{ builds: TargetBuild[] }>(api, `${service}/Builds?PageSize=20`);
    return page.builds;
  };
  const found =
    same ??
    (await create<TargetBuild>(api, `${service}/Builds`, form(build, files), async () => {
      const before = new Set(holdings.builds.map(({ sid }) => sid));
      return (await list()).find((one) => !before.has(one.sid) && holdsFiles(one, files));
    }));
  if (!same) holdings.builds.push(found);
  await completed(session, `${service}/Builds/${found.sid}`, found);
  if (made !== found.sid) ledger.add({ build: build.sid, target: found.sid });
  return found;
}

function form({ dependencies, runtime }: SourceBuild, files: CopiedFile[]): URLSearchParams {
  const body = new URLSearchParams();
  for (const { version, sid } of files) {
    body.append(version.kind === "asset" ? "AssetVersions" : "FunctionVersions", sid);
  }
  if (dependencies.length > 0) body.set("Dependencies", JSON.stringify(dependencies));
  if (runtime) body.set("Runtime", runtime);
  return body;
}

/** Waits for the end of a build. */
async function completed(
  { api, progress }: Session,
  resource: string,
  { status }: TargetBuild,
): Promise<void> {
  const begun = Date.now();
  for (let now: BuildStatus = { status }; now.status !== "completed"; ) {
    if (now.status === "failed") {
      const { errors = [] } = await read<BuildStatus>(api, `${resource}/Status`);
      const reasons = errors.map(({ message, path, line }) =>
        [path, line && `line ${line}`, message].filter(Boolean).join(": "),
      );
      throw new ImportFailure(`The build failed. ${reasons.join("\n")}`);
    }
    if (Date.now() - begun > LONGEST_BUILD) {
      throw new ImportFailure(
        "The build is not made after 15 minutes. Run this again to look for it.",
      );
    }
    progress.show(`The build is being made, for ${Math.round((Date.now() - begun) / 1000)} s now`);
    await setTimeout(POLL);
    now = await read<BuildStatus>(api, `${resource}/Status`);
  }
}

function holdsFiles(
  { asset_versions, function_versions }: TargetBuild,
  files: CopiedFile[],
): boolean {
  const here = new Set([...asset_versions, ...function_versions].map(({ sid }) => sid));
  return here.size === files.length && files.every(({ sid }) => here.has(sid));
}

function sameDependencies({ dependencies }: TargetBuild, build: SourceBuild): boolean {
  const texts = (list: Dependency[]) => list.map(({ name, version }) => `${name}@${version}`);
  return (
    texts(dependencies ?? [])
      .toSorted()
      .join() === texts(build.dependencies).toSorted().join()
  );
}
