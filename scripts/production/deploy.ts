import {
  patternOf,
  productionConfiguration,
  type RawConfiguration,
  type Route,
  routesOf,
  storeNames,
  writeConfiguration,
} from "./configuration.ts";
import { DeployFailure } from "./failure.ts";
import { type Ask, ensureSecrets, SECRETS } from "./secrets.ts";
import type { DeploySettings } from "./settings.ts";
import { ensureStores } from "./stores.ts";
import { jsonIn, type Wrangler, WranglerFailure } from "./wrangler.ts";

export type Deployment = {
  settings: DeploySettings;
  /** wrangler.toml as it stands. */
  configuration: RawConfiguration;
  /** Where the complete configuration is written for wrangler. */
  file: string;
  wrangler: Wrangler;
  environment: NodeJS.ProcessEnv;
  ask: Ask;
};

/**
 * Deploys to production. Every step looks first for what it would make, and the code is the last
 * thing to change: a run that breaks anywhere leaves what serves serving, and the next completes it.
 */
export async function deploy(deployment: Deployment): Promise<void> {
  const { settings, configuration, file, wrangler, environment, ask } = deployment;
  const target = ["--config", file];

  console.log("Account");
  await requireSignIn(wrangler);
  console.log("Code: does it build?");
  writeConfiguration(file, productionConfiguration(configuration, settings, null));
  await wrangler(["deploy", "--dry-run", ...target]);
  console.log("Stores");
  const ids = await ensureStores(wrangler, storeNames(configuration));
  writeConfiguration(file, productionConfiguration(configuration, settings, ids));
  console.log("Database migrations");
  await wrangler(["d1", "migrations", "apply", "DB", "--remote", ...target]);
  console.log("Secrets");
  await ensureSecrets(wrangler, target, environment, ask);
  console.log("Code, routes, schedule");
  await wrangler(["deploy", ...target]);
  console.log(afterwards(settings));
}

async function requireSignIn(wrangler: Wrangler): Promise<void> {
  const printed = await wrangler(["whoami", "--json"]).catch((error: unknown) => {
    if (error instanceof WranglerFailure && error.output.includes('"loggedIn"'))
      return error.output;
    throw error;
  });
  if (jsonIn<{ loggedIn: boolean }>(printed).loggedIn) return;
  throw new DeployFailure(
    "wrangler is not signed in to Cloudflare: run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN\n" +
      "(and CLOUDFLARE_ACCOUNT_ID where the token opens several accounts).",
  );
}

/** Returns what a run would do, step by step, without having asked anybody. */
export function plan({ settings, configuration, file }: Deployment): string {
  const names = storeNames(configuration);
  const steps = [
    "Check that wrangler is signed in to Cloudflare, and that the code builds",
    `Find or make the KV namespace ${names.namespace}`,
    `Find or make the R2 bucket ${names.bucket}`,
    `Find or make the D1 database ${names.database}`,
    `Write their identifiers to ${file.split("/").at(-1)}`,
    "Apply the database migrations that are not applied yet",
    `Ask for the secrets that are not set yet: ${SECRETS.map(({ name }) => name).join(", ")}`,
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
      `Smart Placement ${configuration.placement?.mode}`,
    ].join("\n     "),
  ];
  const lines = steps.map((step, index) => `  ${index + 1}. ${step}`);
  return [`Deploying ${settings.baseDomain} would:`, ...lines, "", records(settings)].join("\n");
}

function inZone(route: Route): string {
  return typeof route === "object" && route.zone_name ? ` (zone ${route.zone_name})` : "";
}

function afterwards(settings: DeploySettings): string {
  return [
    "Deployed.",
    "",
    records(settings),
    "",
    "Once they resolve, try the installation with its operator's SID and token in TWILIO_ACCOUNT_SID",
    `and TWILIO_AUTH_TOKEN:  npm run smoke -- https://${settings.baseDomain}`,
  ].join("\n");
}

/** The address is never used: Cloudflare answers for a proxied name, and a route hands it to a Worker. */
function records({ baseDomain, zone }: DeploySettings): string {
  const label = baseDomain === zone ? "" : baseDomain.slice(0, -zone.length - 1);
  const rows = [label || "@", label ? `*.${label}` : "*"].map(
    (name) => `  AAAA  ${name.padEnd(24)}  100::  Proxied`,
  );
  const note =
    label === ""
      ? []
      : [
          `Cloudflare's free certificate covers one label below ${zone}: for *.${baseDomain} order an`,
          "advanced certificate in the dashboard (SSL/TLS, Edge Certificates).",
        ];
  return [
    `The zone ${zone} needs these DNS records (the dashboard's DNS page):`,
    ...rows,
    ...note,
  ].join("\n");
}
