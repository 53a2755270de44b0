import { ApiFailure } from "../deploy/serverless-api.ts";
import { copyEnvironment, type EnvironmentReport, emptyReport } from "./copy-environment.ts";
import { sentence } from "./failure.ts";
import { counted } from "./progress.ts";
import type { Session } from "./session.ts";
import type { SourceService } from "./source-services.ts";
import { ensureService, readHoldings } from "./target-service.ts";

/** Copies services one after the other; what fails in one is told in its report, and stops no other. */
export async function copyServices(
  session: Session,
  services: SourceService[],
): Promise<EnvironmentReport[]> {
  const reports: EnvironmentReport[] = [];
  for (const [index, service] of services.entries()) {
    session.progress.say(
      `${service.uniqueName} (${index + 1} of ${counted(services.length, "service")})`,
    );
    const own = service.environments.map((environment) =>
      emptyReport(session, { service, environment }),
    );
    reports.push(...own);
    await copyService(session, service, own);
  }
  return reports;
}

async function copyService(
  session: Session,
  service: SourceService,
  reports: EnvironmentReport[],
): Promise<void> {
  const { api, settings, ledger, progress } = session;
  try {
    const target = await ensureService(api, settings, ledger, service);
    const holdings = await readHoldings(api, target.sid);
    for (const [index, environment] of service.environments.entries()) {
      const report = reports[index] as EnvironmentReport;
      try {
        await copyEnvironment(session, { service, environment, target, holdings }, report);
      } catch (error) {
        report.failure = reason(error, api.url);
      }
      progress.say(`  ${environment.uniqueName}: ${summary(report)}`);
    }
    if (service.environments.length === 0) progress.say("  It has no environment.");
  } catch (error) {
    const failure = reason(error, api.url);
    for (const report of reports) report.failure ??= failure;
    progress.say(`  ${failure.split("\n", 1)[0]}`);
  }
}

function reason(error: unknown, url: string): string {
  if (!(error instanceof ApiFailure)) return sentence(error);
  if (error.status === 404) {
    return `${url} does not have it any more (404): was it deleted meanwhile? Run this again.`;
  }
  return `${url} says: ${error.reason} (${error.status})`;
}

function summary(report: EnvironmentReport): string {
  // The whole of it stands in the report at the end.
  if (report.failure !== null) return report.failure.split("\n", 1)[0] as string;
  const { files, uploaded, variablesSet, deployed, comparison } = report;
  const done = [
    ...(uploaded > 0 ? [`${counted(uploaded, "file")} uploaded`] : []),
    ...(variablesSet > 0 ? [`${counted(variablesSet, "variable")} set`] : []),
    ...(deployed ? ["deployed"] : []),
  ];
  if (files === 0) return [...done, "nothing is deployed at Twilio"].join(", ");
  const compared =
    comparison.different.length > 0
      ? [`${counted(comparison.different.length, "file")} differ`]
      : comparison.equal > 0
        ? [`${counted(comparison.equal, "file")} fetched and equal`]
        : [];
  return [...(done.length > 0 ? done : ["nothing to do"]), ...compared].join(", ");
}
