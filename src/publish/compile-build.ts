import { canonicalPath } from "../canonical-path.ts";
import type { HeaderFields, ManifestAsset } from "../manifest.ts";
import type { VersionRow } from "../store/versions.ts";
import { assetHeaders } from "./asset-headers.ts";
import type { BuildError } from "./build-error.ts";
import type { CompiledBuild } from "./compiled-build.ts";
import { HEADER_RULES_PATH, parseHeaderRules } from "./header-rules.ts";

export type Compilation = { ok: true; build: CompiledBuild } | { ok: false; errors: BuildError[] };

/** The asset that `/` shows where none is stored as `/` (contract 4). */
const ROOT_DOCUMENT = "/assets/index.html";

/**
 * Characters of all the different header sets of a build: a manifest is held whole in memory, by every
 * isolate that serves it, beside those of other tenants.
 */
const MAX_HEADER_SETS = 2 * 1024 * 1024;

/**
 * Compiles a build's asset `versions` into what a manifest says of them, however they are ordered.
 * `rules` is the content of the version whose path is `/_headers`, or null where there is none.
 * Private assets and `/_headers` itself are left out; functions come beside them. Every path must be canonical-able, as an
 * upload's is, and no two may meet: `buildRefusal` tells.
 */
export function compileBuild(versions: VersionRow[], rules: Uint8Array | null): Compilation {
  const parsed = rules === null ? { ok: true as const, rules: [] } : parseHeaderRules(rules);
  if (!parsed.ok) return { ok: false, errors: parsed.errors };
  const served = servedVersions(versions);
  const headers: HeaderFields[] = [];
  const headerIndexes = new Map<string, number>();
  const assets = new Map<string, ManifestAsset>();
  const errors: BuildError[] = [];
  let headerSetsSize = 0;
  for (const [path, version] of served) {
    const { visibility } = version;
    if (visibility === "private") continue;
    const root = path === ROOT_DOCUMENT && !served.has("/");
    const result = assetHeaders(
      { path, visibility, type: version.content_type, root },
      parsed.rules,
    );
    if (!result.ok) {
      errors.push(result.error);
      continue;
    }
    const key = JSON.stringify(result.headers);
    let index = headerIndexes.get(key);
    if (index === undefined) {
      index = headers.push(result.headers) - 1;
      headerIndexes.set(key, index);
      headerSetsSize += key.length;
      if (headerSetsSize > MAX_HEADER_SETS) return { ok: false, errors: [TOO_MANY_HEADERS] };
    }
    assets.set(path, {
      sid: version.sid,
      sha256: version.content_sha256,
      size: version.content_size,
      type: result.type,
      visibility,
      modified: Date.parse(version.date_created) / 1000,
      headers: index,
    });
  }
  return errors.length > 0
    ? { ok: false, errors: uniqueErrors(errors) }
    : { ok: true, build: { headers, assets, functions: new Map() } };
}

const TOO_MANY_HEADERS: BuildError = {
  path: HEADER_RULES_PATH,
  message: `the headers it gives to all assets are larger than ${MAX_HEADER_SETS} bytes together`,
};

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
