import { canonicalPath } from "../contract/canonical-path.ts";
import { type HeaderFields, ROOT_DOCUMENT } from "../contract/manifest.ts";
import { worked } from "../contract/slices.ts";
import type { BuildError } from "../store/builds.ts";
import type { VersionRow } from "../store/versions.ts";
import { assetHeaders } from "./asset-headers.ts";
import type { CompiledBuild } from "./compiled-build.ts";
import { type CompiledAsset, entityTag } from "./entity-tag.ts";
import { HEADER_RULES_PATH, parseHeaderRules } from "./header-rules.ts";
import { idleRules, noEffects } from "./rule-effects.ts";

export type Compilation =
  | { ok: true; build: CompiledBuild; warnings: BuildError[] }
  | { ok: false; errors: BuildError[] };

/**
 * Bytes that the header sets of one build may have together, equal ones once: a rule can make another
 * set of 8 KiB for every asset, and each isolate that serves the build holds them all, several times
 * over while it reads them, in 128 MB that other tenants' requests share.
 */
const MAX_HEADER_SETS = 1024 * 1024;

/**
 * Bytes of a build's paths and media types: with the rest of a manifest they stay below the 25 MiB of
 * a KV value, also where the owner allows more assets than Twilio does.
 */
const MAX_NAMES = 16 * 1024 * 1024;

/**
 * Header lines that the rules of one build may apply, each counted for each asset that it is for: a
 * thousand assets with all that a site's rules commonly say take a tenth of it.
 */
const MAX_APPLIED = 500_000;

/** About what a manifest says of an asset beside these two. */
const ASSET_OVERHEAD = 288;

/**
 * Compiles a build's asset `versions` into what a manifest says of them, however they are ordered.
 * `rules` is the content of the version whose path is `/_headers`, or null where there is none.
 * Private assets and `/_headers` itself are left out; functions are added by who calls it. Every
 * path must have a canonical form, as an upload's has, and no two the same one: `buildRefusal` finds
 * those that do.
 */
export async function compileBuild(
  versions: VersionRow[],
  rules: Uint8Array | null,
): Promise<Compilation> {
  const parsed = rules === null ? { ok: true as const, rules: [] } : parseHeaderRules(rules);
  if (!parsed.ok) return { ok: false, errors: parsed.errors };
  const served = servedVersions(versions);
  const headers: HeaderFields[] = [];
  const headerIndexes = new Map<string, number>();
  let headersSize = 0;
  let namesSize = 0;
  const assets = new Map<string, CompiledAsset>();
  const effects = noEffects();
  let applied = 0;
  const errors: BuildError[] = [];
  for (const [path, version] of served) {
    const { visibility } = version;
    if (visibility === "private") continue;
    const root = path === ROOT_DOCUMENT && !served.has("/");
    const result = assetHeaders(
      { path, visibility, type: version.content_type, root },
      parsed.rules,
      effects,
    );
    if (effects.applied > MAX_APPLIED) return appliedTooOften();
    await worked(parsed.rules.length + STEPS_A_LINE * (effects.applied - applied));
    applied = effects.applied;
    if (!result.ok) {
      errors.push(result.error);
      continue;
    }
    const key = JSON.stringify(result.headers);
    let index = headerIndexes.get(key);
    if (index === undefined) {
      index = headers.push(result.headers) - 1;
      headerIndexes.set(key, index);
      headersSize += key.length;
      if (headersSize > MAX_HEADER_SETS) {
        return tooLarge("headers", MAX_HEADER_SETS, HEADER_RULES_PATH);
      }
    }
    namesSize += path.length + result.type.length + ASSET_OVERHEAD;
    if (namesSize > MAX_NAMES) return tooLarge("paths and media types", MAX_NAMES);
    const described = { sha256: version.content_sha256, type: result.type };
    assets.set(path, {
      sid: version.sid,
      ...described,
      etag: await entityTag(path, described, result.headers, root),
      size: version.content_size,
      visibility,
      headers: index,
    });
  }
  return errors.length > 0
    ? { ok: false, errors: uniqueErrors(errors) }
    : {
        ok: true,
        build: { headers, assets, functions: new Map() },
        warnings: idleRules(parsed.rules, effects),
      };
}

/** What applying a header line takes (contract/slices.ts). */
const STEPS_A_LINE = 2;

function appliedTooOften(): Compilation {
  const message = `its lines may be applied ${MAX_APPLIED} times, each for each asset that it is for`;
  return { ok: false, errors: [{ path: HEADER_RULES_PATH, message }] };
}

function tooLarge(what: string, limit: number, path?: string): Compilation {
  const message = `the ${what} of all assets of a build may have ${limit} bytes together`;
  return { ok: false, errors: [path === undefined ? { message } : { path, message }] };
}

/** Returns the version that holds the build's header rules, whatever its visibility. */
export function headerRulesVersion(versions: VersionRow[]): VersionRow | null {
  return versions.find(({ path }) => canonicalPath(path) === HEADER_RULES_PATH) ?? null;
}

/** In the order of the paths: equal builds compile to equal bytes, in whatever order they came. */
function servedVersions(versions: VersionRow[]): Map<string, VersionRow> {
  const named = versions.map((version) => [canonicalPath(version.path), version] as const);
  const served = named.filter(
    (entry): entry is readonly [string, VersionRow] =>
      entry[0] !== null && entry[0] !== HEADER_RULES_PATH,
  );
  return new Map(served.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** One wrong rule is wrong for every asset it matches: it is told once. */
function uniqueErrors(errors: BuildError[]): BuildError[] {
  const lines = new Set<number | undefined>();
  return errors.filter(({ line }) => line === undefined || (!lines.has(line) && lines.add(line)));
}
