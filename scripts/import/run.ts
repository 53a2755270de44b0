import type { Ask } from "../production/secrets.ts";
import { copyServices } from "./copy-services.ts";
import { sourceCredentials, targetCredentials } from "./credentials.ts";
import { ImportFailure } from "./failure.ts";
import { openLedger } from "./ledger.ts";
import { runNumbers } from "./numbers/run.ts";
import { plan } from "./plan.ts";
import { readPrivateFiles } from "./private-files.ts";
import { counted, createProgress } from "./progress.ts";
import { describeImport, isWhole } from "./report.ts";
import { PATIENCE, type Patience } from "./retry.ts";
import type { Settings } from "./settings.ts";
import { sourceApi } from "./source-api.ts";
import {
  chooseServices,
  listServices,
  readService,
  type ServiceName,
  type SourceService,
} from "./source-services.ts";
import { openTarget } from "./target-api.ts";

export type Surroundings = {
  environment: NodeJS.ProcessEnv;
  ask: Ask;
  out: NodeJS.WriteStream;
  patience?: Patience;
};

/** Does what `settings` say, and returns whether nothing is left to do. Throws ImportFailure. */
export async function runImport(settings: Settings, surroundings: Surroundings): Promise<boolean> {
  const { environment, ask, out, patience = PATIENCE } = surroundings;
  const progress = createProgress(out);
  const credentials = await sourceCredentials(settings, environment, ask);
  const source = sourceApi(credentials, settings.fromUrl, patience);
  const undo = settings.numbers?.undo;
  if (undo != null) return runNumbers({ kind: "undo", source, settings, progress, file: undo });
  const names = await listServices(source);
  if (settings.services?.length === 0) throw new ImportFailure(choice(names, settings));
  const chosen = chooseServices(names, settings.services);
  const candidates = await targetCredentials(settings, credentials, environment, ask);
  const api = await openTarget(settings.to, candidates, patience);
  const services: SourceService[] = [];
  for (const [index, name] of chosen.entries()) {
    progress.show(
      `Reading ${name.uniqueName}, ${index + 1} of ${counted(chosen.length, "service")}`,
    );
    services.push(await readService(source, name));
  }
  const ledger = openLedger(settings.stateDirectory, settings.from, settings.to);
  const session = {
    ...{ settings, source, api, ledger, progress, patience },
    sourceToken: credentials.authToken,
    privateFiles: readPrivateFiles(settings.privateFrom, services),
    domains: services.flatMap(({ environments }) => environments.map((one) => one.domainName)),
  };
  if (settings.numbers) return runNumbers({ kind: "list", session, services });
  if (settings.dryRun) {
    progress.say(await plan(session, services));
    return true;
  }
  const reports = await copyServices(session, services);
  progress.say(`\n${describeImport(reports, settings, api.accountSid)}`);
  return isWhole(reports);
}

function choice(names: ServiceName[], { from }: Settings): string {
  if (names.length === 0)
    return `The account ${from} has no service of Functions & Assets at Twilio.`;
  return [
    "Which services? This account has:",
    ...names.map(({ uniqueName }) => `  ${uniqueName}`),
    "Name some (--service NAME) or take them all (--all). --dry-run first says what would be done.",
  ].join("\n");
}
