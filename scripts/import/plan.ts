import { ImportFailure } from "./failure.ts";
import { privatePaths } from "./private-files.ts";
import { counted } from "./progress.ts";
import { oldOrigin, type Session } from "./session.ts";
import type { SourceBuild, SourceEnvironment, SourceService } from "./source-services.ts";
import { readAll } from "./target-api.ts";
import { findService, nameHere, ofSuffix, type TargetEnvironment } from "./target-service.ts";

/** Returns what an import of `services` would do, for people. Nothing is changed, no file is fetched. */
export async function plan(session: Session, services: SourceService[]): Promise<string> {
  const blocks: string[] = [];
  for (const service of services) blocks.push(await planService(session, service));
  return [
    ...blocks,
    "Nothing was changed. Without --dry-run this is done; files that are here already, byte by byte,\n" +
      "are not uploaded again.",
  ].join("\n\n");
}

async function planService(session: Session, service: SourceService): Promise<string> {
  const { api, settings, ledger } = session;
  const name = nameHere(settings, service.uniqueName);
  let here: Awaited<ReturnType<typeof findService>>;
  try {
    here = await findService(api, settings, ledger, service);
  } catch (error) {
    if (!(error instanceof ImportFailure)) throw error;
    return `${service.uniqueName}: not copied.\n  ${error.message.replaceAll("\n", "\n  ")}`;
  }
  const there = here
    ? await readAll<TargetEnvironment>(api, `/Services/${here.sid}/Environments`, "environments")
    : [];
  const lines = service.environments.flatMap((environment) => {
    const found = ofSuffix(there, environment);
    const base = here?.domain_base ?? `${name.toLowerCase()}-<4 digits>`;
    const suffix = environment.domainSuffix ? `-${environment.domainSuffix.toLowerCase()}` : "";
    const domain = found?.domain_name ?? `${base}${suffix}.${new URL(api.url).host}`;
    const protocol = new URL(api.url).protocol;
    return [
      `  ${environment.uniqueName}: ${oldOrigin(session, environment)}  →  ${protocol}//${domain}`,
      `    ${contents(environment)}`,
      ...(environment.build ? known(session, environment.build) : []),
    ];
  });
  return [
    `${service.uniqueName}${name === service.uniqueName ? "" : ` as ${name}`}: ` +
      (here ? "the service that is here" : "a new service"),
    ...lines,
    ...privateLines(session, service),
  ].join("\n");
}

function contents({ build, variables }: SourceEnvironment): string {
  const has = counted(variables.length, "variable");
  if (build === null) return `${has}; nothing is deployed`;
  const count = (kind: string, visibility?: string) =>
    build.versions.filter(
      (one) => one.kind === kind && (visibility === undefined || one.visibility === visibility),
    ).length;
  const assets = `${counted(count("asset"), "asset")} (${count("asset", "protected")} protected, ${count("asset", "private")} private)`;
  const dependencies = build.dependencies.length;
  return [
    assets,
    counted(count("function"), "function"),
    has,
    `${dependencies === 1 ? "1 dependency" : `${dependencies} dependencies`}, ${build.runtime}`,
  ].join(", ");
}

function known({ ledger }: Session, { versions }: SourceBuild): string[] {
  const count = versions.filter(({ sid }) => ledger.version(sid)).length;
  return count === 0 ? [] : [`    ${counted(count, "file")} of them copied before`];
}

function privateLines(session: Session, service: SourceService): string[] {
  const { settings, privateFiles } = session;
  const files = privateFiles.get(service.sid);
  const missing = privatePaths(service).filter(
    (path) => !files?.has(path) && !settings.skip.has(path),
  );
  if (missing.length === 0) return [];
  return [
    settings.withoutPrivate
      ? "  Left out, because Twilio gives nobody its private assets:"
      : "  Missing: Twilio gives nobody its private assets. What needs them is not deployed unless\n" +
        "  --private-from names the toolkit project that has them, or --without-private is said:",
    ...missing.map((path) => `    ${path}`),
  ];
}
