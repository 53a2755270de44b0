import { parseCommandLine } from "../command-line.ts";
import { DeployFailure } from "./failure.ts";

export type DeploySettings = {
  /** The apex, lower case, no port: `media.example`. Empty: none yet, the Worker is on workers.dev. */
  baseDomain: string;
  /** The Cloudflare zone that the base domain is in. */
  zone: string;
  /** Where D1 and R2 keep what they are given, a location hint of Cloudflare's. */
  location: string;
  /** What the run does: all of it, print the plan, or look at what is installed. */
  mode: "deploy" | "dry-run" | "check";
};

/** Twilio's media fetchers of its default region, US1, are in the east of North America. */
const DEFAULT_LOCATION = "enam";

/** Cloudflare's location hints (`wrangler d1 create --help`, `wrangler r2 bucket create --help`). */
const LOCATIONS = ["wnam", "enam", "weur", "eeur", "apac", "oc"];

const USAGE = `Usage: npm run deploy -- --base-domain media.example [--zone media.example]
         [--location ${LOCATIONS.join("|")}] [--dry-run | --check]`;

/**
 * Reads the command line; `configured` is BASE_DOMAIN of wrangler.toml, empty until its owner writes
 * it there. Throws DeployFailure for what it does not understand, and where no domain is named, but in
 * Cloudflare's own build of a repository (WORKERS_CI), which a button starts before there is one.
 */
export function readDeploySettings(
  args: string[],
  configured: string,
  environment: NodeJS.ProcessEnv = {},
): DeploySettings {
  const values = readArguments(args);
  const baseDomain = (values["base-domain"] ?? configured).toLowerCase();
  const zone = (values.zone ?? baseDomain).toLowerCase();
  const location = values.location ?? DEFAULT_LOCATION;
  if (!LOCATIONS.includes(location)) {
    throw new DeployFailure(`"${location}" is no location hint of Cloudflare's.\n${USAGE}`);
  }
  if (values["dry-run"] && values.check) {
    throw new DeployFailure(`Either --dry-run or --check.\n${USAGE}`);
  }
  const mode = values.check ? "check" : values["dry-run"] ? "dry-run" : "deploy";
  if (baseDomain === "" && environment.WORKERS_CI) return { baseDomain, zone, location, mode };
  if (baseDomain === "") {
    throw new DeployFailure(
      `Which domain? Name it here, or write it into wrangler.toml as BASE_DOMAIN of [vars].\n${USAGE}`,
    );
  }
  for (const name of [baseDomain, zone]) {
    if (!isDomain(name)) throw new DeployFailure(`"${name}" is no domain name.\n${USAGE}`);
  }
  if (baseDomain !== zone && !baseDomain.endsWith(`.${zone}`)) {
    throw new DeployFailure(`${baseDomain} is not in the zone ${zone}.\n${USAGE}`);
  }
  return { baseDomain, zone, location, mode };
}

function readArguments(args: string[]) {
  try {
    return parseCommandLine({
      args,
      options: {
        "base-domain": { type: "string" },
        zone: { type: "string" },
        location: { type: "string" },
        "dry-run": { type: "boolean" },
        check: { type: "boolean" },
      },
    }).values;
  } catch (error) {
    throw new DeployFailure(`${(error as Error).message}\n${USAGE}`);
  }
}

function isDomain(name: string): boolean {
  const label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
  // An IPv4 address is spelled like one, but for its last label.
  return name.length <= 253 && new RegExp(`^(?:${label}\\.)+(?!\\d+$)${label}$`).test(name);
}
