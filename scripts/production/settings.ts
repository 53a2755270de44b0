import { parseArgs } from "node:util";
import { DeployFailure } from "./failure.ts";

export type DeploySettings = {
  /** The apex, lower case, no port: `media.example`. */
  baseDomain: string;
  /** The Cloudflare zone that the base domain is in. */
  zone: string;
  dryRun: boolean;
};

const USAGE =
  "Usage: npm run deploy -- [--base-domain media.example] [--zone media.example] [--dry-run]";

/**
 * Reads the command line; `configured` is BASE_DOMAIN of wrangler.toml, empty until its owner writes
 * it there. Throws DeployFailure for what it does not understand, and where no domain is named.
 */
export function readDeploySettings(args: string[], configured: string): DeploySettings {
  const values = readArguments(args);
  const baseDomain = (values["base-domain"] ?? configured).toLowerCase();
  const zone = (values.zone ?? baseDomain).toLowerCase();
  const dryRun = values["dry-run"] ?? false;
  if (baseDomain === "") {
    throw new DeployFailure(
      "Which domain? Name it here, or write it into wrangler.toml as BASE_DOMAIN of [vars].\n" +
        USAGE,
    );
  }
  for (const name of [baseDomain, zone]) {
    if (!isDomain(name)) throw new DeployFailure(`"${name}" is no domain name.\n${USAGE}`);
  }
  if (baseDomain !== zone && !baseDomain.endsWith(`.${zone}`)) {
    throw new DeployFailure(`${baseDomain} is not in the zone ${zone}.\n${USAGE}`);
  }
  return { baseDomain, zone, dryRun };
}

function readArguments(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        "base-domain": { type: "string" },
        zone: { type: "string" },
        "dry-run": { type: "boolean" },
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
