import { npmRegistry } from "../npm-registry.ts";
import type { CloudflareApi } from "./cloudflare-api.ts";
import {
  patternOf,
  productionConfiguration,
  type RawConfiguration,
  type Route,
  routesOf,
  type StoreIds,
  storeNames,
  writeConfiguration,
} from "./configuration.ts";
import { DeployFailure } from "./failure.ts";
import { describeLeft, everythingLeft, type Left, prepareZone } from "./prepare-zone.ts";
import { type Ask, ensureSecrets, SECRETS } from "./secrets.ts";
import type { DeploySettings } from "./settings.ts";
import { type Pause, withExplanations } from "./steps.ts";
import { ensureStores } from "./stores.ts";
import { tokenAdvice } from "./token-link.ts";
import { jsonIn, type Wrangler, WranglerFailure } from "./wrangler.ts";
import { findZone } from "./zone.ts";
import { zoneSettings } from "./zone-settings.ts";

export type Deployment = {
  settings: DeploySettings;
  /** wrangler.toml as it stands. */
  configuration: RawConfiguration;
  /** Where the complete configuration is written for wrangler. */
  file: string;
  wrangler: Wrangler;
  /** Cloudflare's API; null where the environment has no token. */
  api: CloudflareApi | null;
  environment: NodeJS.ProcessEnv;
  ask: Ask;
  pause: Pause;
};

/**
 * Deploys to production. Every step looks first for what it would make, and the code is the last
 * thing to change: a run that breaks anywhere leaves what serves serving, and the next completes it.
 */
export async function deploy(deployment: Deployment): Promise<void> {
  const { settings, configuration, file, wrangler, api, environment, ask, pause } = deployment;
  const target = ["--config", file];
  const explained = <Result>(step: () => Promise<Result>) => withExplanations(step, pause);

  console.log("Account");
  await requireSignIn(wrangler);
  const zone =
    api && settings.baseDomain !== ""
      ? await findZone(api, settings.zone, environment.CLOUDFLARE_ACCOUNT_ID)
      : null;
  if (zone) console.log(`  ${zone.account.name}, with the zone ${zone.name}`);
  const registry = npmRegistry(environment);
  const complete = (ids: StoreIds | null) =>
    productionConfiguration(configuration, settings, {
      ids,
      accountId: zone?.account.id,
      registry,
    });
  console.log("Code: does it build?");
  writeConfiguration(file, complete(null));
  await wrangler(["deploy", "--dry-run", ...target]);
  console.log("Stores");
  const inAccount: Wrangler = (args, input) => wrangler(args, input, zone?.account.id);
  const ids = await explained(() =>
    ensureStores(inAccount, storeNames(configuration), settings.location),
  );
  writeConfiguration(file, complete(ids));
  console.log("Database migrations");
  await explained(() => wrangler(["d1", "migrations", "apply", "DB", "--remote", ...target]));
  console.log("Secrets");
  const mayBeMissing = settings.baseDomain === "";
  await explained(() => ensureSecrets(wrangler, target, environment, ask, mayBeMissing));
  if (zone && api) console.log("Zone");
  const left = zone && api ? await prepareZone(api, zone.id, settings) : null;
  console.log("Code, routes, schedule");
  await explained(() => wrangler(["deploy", ...target]));
  console.log(afterwards(settings, left));
}

async function requireSignIn(wrangler: Wrangler): Promise<void> {
  const printed = await wrangler(["whoami", "--json"]).catch((error: unknown) => {
    if (error instanceof WranglerFailure && error.output.includes('"loggedIn"'))
      return error.output;
    throw error;
  });
  if (jsonIn<{ loggedIn: boolean }>(printed).loggedIn) return;
  throw new DeployFailure(
    `wrangler is not signed in to Cloudflare: run \`npx wrangler login\`, or set CLOUDFLARE_API_TOKEN.\n${tokenAdvice()}`,
  );
}

/** Returns what a run would do, step by step, without having asked anybody. */
export function plan({ settings, configuration, file }: Deployment): string {
  const names = storeNames(configuration);
  const steps = [
    "Check that wrangler is signed in to Cloudflare, and that the code builds",
    `Find or make the KV namespace ${names.namespace}`,
    `Find or make the R2 bucket ${names.bucket} (location ${settings.location})`,
    `Find or make the D1 database ${names.database} (location ${settings.location})`,
    `Write their identifiers to ${file.split("/").at(-1)}`,
    "Apply the database migrations that are not applied yet",
    `Ask for the secrets that are not set yet: ${SECRETS.map(({ name }) => name).join(", ")}`,
    [
      `With CLOUDFLARE_API_TOKEN: see to it that in the zone ${settings.zone}`,
      ...zoneSettings(settings.baseDomain).map(({ what, wholeZone }) =>
        wholeZone && settings.baseDomain !== settings.zone
          ? `${what} (for the whole zone, so left to you)`
          : what,
      ),
      "and list what the token may not set; without a token, list all of it",
    ].join("\n     "),
    [
      `Deploy the Worker ${configuration.name}`,
      ...routesOf(configuration, settings).map(
        (route) => `route ${patternOf(route)}${inZone(route)}`,
      ),
      `schedule ${configuration.triggers?.crons?.join(", ")}`,
      `rate limit ${configuration.ratelimits
        ?.map(
          ({ name, simple }: { name: string; simple: { limit: number; period: number } }) =>
            `${name} ${simple.limit} in ${simple.period} s`,
        )
        .join(", ")}`,
      `logs of ${(configuration.observability?.head_sampling_rate ?? 1) * 100} % of the requests`,
      `at most ${configuration.limits?.cpu_ms} ms of processor time a request`,
      `Smart Placement ${configuration.placement?.mode}`,
    ].join("\n     "),
  ];
  const lines = steps.map((step, index) => `  ${index + 1}. ${step}`);
  return [`Deploying ${settings.baseDomain} would:`, ...lines, ...certificate(settings)].join("\n");
}

function inZone(route: Route): string {
  return typeof route === "object" && route.zone_name ? ` (zone ${route.zone_name})` : "";
}

function afterwards(settings: DeploySettings, left: Left[] | null): string {
  if (settings.baseDomain === "") {
    return "Deployed to workers.dev. The page there says what is left to do.";
  }
  return [
    "Deployed.",
    "",
    left ? describeLeft(left) : everythingLeft(settings.baseDomain),
    ...certificate(settings),
    "",
    "Try the installation with its operator's SID and token in TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN:",
    `  npm run smoke -- https://${settings.baseDomain}`,
    `  npm run deploy -- --base-domain ${settings.baseDomain} --check`,
  ].join("\n");
}

function certificate({ baseDomain, zone }: DeploySettings): string[] {
  if (baseDomain === zone) return [];
  return [
    "",
    `Cloudflare's free certificate covers one label below ${zone}: for *.${baseDomain} order an advanced`,
    "certificate at https://dash.cloudflare.com/?to=/:account/:zone/ssl-tls/edge-certificates",
  ];
}
