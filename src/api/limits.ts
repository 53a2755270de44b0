import * as z from "zod";
import { unavailable } from "./errors.ts";

const count = z.int().min(0);

const limitsSchema = z.object({
  services_per_account: count,
  environments_per_service: count,
  /** Public and protected together. */
  assets_per_build: count,
  private_assets_per_build: count,
  function_versions_per_build: count,
  /** Public or protected. */
  asset_bytes: count,
  private_asset_bytes: count,
  function_bytes: count,
  /** How long a function has for its answer. */
  function_seconds: z.number().positive().max(600),
  builds_per_hour: count,
  variable_key_characters: count,
  variable_value_bytes: count,
  /** Successes of an environment that an isolate keeps singly; past them they are added up. */
  requests_kept_per_minute: count,
  /** How long a build without an active deployment can still be deployed. */
  undeployed_build_hours: count,
  /** How long an asset, or a version of one, is kept that no build holds. */
  unused_version_hours: count,
  /** How long a deleted service's bytes stay for a gateway that still holds its manifest. */
  deleted_service_hours: count,
});

/** The limits of this installation: the table `[vars.LIMITS]` of wrangler.toml. */
export type Limits = z.infer<typeof limitsSchema>;

/**
 * Reads the table of limits from `env`: an object, or its JSON where it was set on a command line.
 * A table that is not whole is a 503 that names what is wrong with it, never a guessed limit.
 */
export function readLimits(env: { LIMITS: unknown }): Limits {
  const parsed = limitsSchema.safeParse(fromJson(env.LIMITS));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0] as z.core.$ZodIssue;
  const name = ["LIMITS", ...issue.path].join(".");
  throw unavailable(`The setting ${name} is wrong: ${issue.message}. See [vars] in wrangler.toml.`);
}

function fromJson(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
