import { type Comparison, compare } from "./compare.ts";
import { copyBuild } from "./copy-build.ts";
import { copyFiles, type FileProblem, newFileCopy, type Place } from "./copy-files.ts";
import { copyVariables } from "./copy-variables.ts";
import { ImportFailure } from "./failure.ts";
import { oldOrigin, type Session } from "./session.ts";
import type { SourceBuild, SourceVersion } from "./source-services.ts";
import { change } from "./target-api.ts";
import { ensureEnvironment } from "./target-service.ts";

/** What became of an environment. */
export type EnvironmentReport = {
  service: string;
  environment: string;
  oldUrl: string;
  /** Null where there is none here. */
  newUrl: string | null;
  /** What stopped it; null when nothing did. */
  failure: string | null;
  files: number;
  uploaded: number;
  uploadedBytes: number;
  variablesSet: number;
  /** Whether it was made to serve another build. */
  deployed: boolean;
  comparison: Comparison;
  /** What Twilio has and this does not. */
  leftOut: FileProblem[];
  /** Variables that are here alone. */
  onlyHere: string[];
  /** What still holds an old address. */
  mentions: string[];
  /** Whether it needs requests that Twilio signs, or calls Twilio's API. */
  needsAccount: boolean;
};

/** Returns the report of an environment of which nothing is done yet. */
export function emptyReport(
  session: Session,
  place: Pick<Place, "service" | "environment">,
): EnvironmentReport {
  return {
    service: place.service.uniqueName,
    environment: place.environment.uniqueName,
    oldUrl: oldOrigin(session, place.environment),
    newUrl: null,
    failure: null,
    files: 0,
    uploaded: 0,
    uploadedBytes: 0,
    variablesSet: 0,
    deployed: false,
    comparison: { equal: 0, different: [] },
    leftOut: [],
    onlyHere: [],
    mentions: [],
    needsAccount: false,
  };
}

/** Copies an environment, its variables and what it serves; `report` tells how far it came. */
export async function copyEnvironment(
  session: Session,
  place: Place,
  report: EnvironmentReport,
): Promise<void> {
  const { api } = session;
  const { environment, target } = place;
  const here = await ensureEnvironment(api, target.sid, environment);
  report.newUrl = `${new URL(api.url).protocol}//${here.domain_name}`;
  const resource = `/Services/${target.sid}/Environments/${here.sid}`;
  const variables = await copyVariables(api, resource, environment);
  report.variablesSet = variables.set;
  report.onlyHere = variables.onlyHere;
  report.leftOut.push(...variables.problems);
  report.mentions.push(...variablesWithOldAddresses(session, place));
  if (environment.build === null) return;

  const { build } = environment;
  const { versions, leftOut } = chosenVersions(session, place, build);
  report.leftOut.push(...leftOut);
  const copy = newFileCopy();
  report.files = versions.length;
  try {
    await copyFiles(session, place, build, versions, copy);
  } finally {
    report.uploaded = copy.uploaded;
    report.uploadedBytes = copy.uploadedBytes;
  }
  report.leftOut.push(...copy.problems);
  for (const { version, known } of copy.files) {
    for (const domain of known.mentions) {
      report.mentions.push(`${version.kind} ${version.path} holds ${domain}`);
    }
  }
  if (copy.problems.length > 0) {
    const paths = copy.problems.map(({ path }) => `--skip ${path}`).join(" ");
    throw new ImportFailure(
      `It was not deployed, because files of it could not be copied. To do without them: ${paths}`,
    );
  }
  if (versions.length === 0) {
    throw new ImportFailure("It was not deployed: nothing is left of what it serves.");
  }
  const made = await copyBuild(session, place, build, copy.files);
  if (here.build_sid !== made.sid) {
    await change(api, `${resource}/Deployments`, { BuildSid: made.sid });
    report.deployed = true;
  }
  report.needsAccount = versions.some(
    ({ kind, visibility }) => kind === "function" || visibility === "protected",
  );
  report.comparison = await compare(session, here.domain_name, copy.files);
}

/** Returns what of a build is copied. Throws ImportFailure where a private asset is missing. */
function chosenVersions(
  { settings, privateFiles }: Session,
  { service }: Place,
  build: SourceBuild,
): { versions: SourceVersion[]; leftOut: FileProblem[] } {
  const files = privateFiles.get(service.sid);
  const missing = build.versions.filter(
    ({ kind, visibility, path }) =>
      kind === "asset" && visibility === "private" && !settings.skip.has(path) && !files?.has(path),
  );
  if (missing.length > 0 && !settings.withoutPrivate) {
    const paths = missing.map(({ path }) => `  ${path}`).toSorted();
    throw new ImportFailure(
      [
        "It was not deployed: Twilio gives nobody its private assets, and these are needed:",
        ...paths,
        "Name the toolkit project that has them: --private-from DIR. Or do without: --without-private.",
      ].join("\n"),
    );
  }
  const without = new Set(missing);
  return {
    versions: build.versions.filter(
      (version) => !without.has(version) && !settings.skip.has(version.path),
    ),
    leftOut: [
      ...missing.map(({ path }) => ({
        path,
        reason: "a private asset, which Twilio gives nobody",
      })),
      ...build.versions
        .filter(({ path }) => settings.skip.has(path))
        .map(({ path }) => ({ path, reason: "--skip" })),
    ],
  };
}

function variablesWithOldAddresses({ domains }: Session, { environment }: Place): string[] {
  return environment.variables.flatMap(({ key, value }) =>
    domains
      .filter((domain) => value?.includes(domain))
      .map((domain) => `variable ${key} holds ${domain}`),
  );
}
