import { assetKey, type ManifestFunction } from "../contract/manifest.ts";
import type { FunctionPackage } from "../contract/package-format.ts";
import type { PackagedFunction } from "../functions/build/package.ts";
import { sizeErrors } from "../functions/build/package-rules.ts";
import type { BuildError, Dependency } from "../store/builds.ts";
import type { VersionRow } from "../store/versions.ts";

export type LaidFunctions =
  | {
      ok: true;
      package: FunctionPackage;
      functions: Map<string, ManifestFunction>;
      warnings: BuildError[];
    }
  | { ok: false; errors: BuildError[] };

/**
 * Lays the package of a build with functions: their sources, the private assets that they read, and
 * the libraries that stand in for `dependencies`. The parser is loaded here, so that a build of
 * assets alone never waits for it.
 */
export async function layFunctions(
  env: Env,
  functions: VersionRow[],
  assets: VersionRow[],
  dependencies: Dependency[],
): Promise<LaidFunctions> {
  const hidden = assets.filter(({ visibility }) => visibility === "private");
  const packaged = [...functions, ...hidden];
  const tooLarge = sizeErrors(packaged.map(({ path, content_size: size }) => ({ path, size })));
  if (tooLarge.length > 0) return { ok: false, errors: tooLarge };
  const contents = await readContents(env, packaged);
  if (!contents.ok) return contents;
  const [{ layPackage }, { libraryCatalogue }] = await Promise.all([
    import("../functions/build/package.ts"),
    import("../functions/build/store-package.ts"),
  ]);
  const content = ({ sid }: VersionRow) => contents.bytes.get(sid) as Uint8Array;
  const laid = await layPackage({
    functions: functions.map((version) => ({
      path: version.path,
      sid: version.resource_sid,
      visibility: version.visibility,
      source: content(version),
    })),
    privateAssets: hidden.map((version) => ({
      path: version.path,
      sid: version.resource_sid,
      bytes: content(version),
    })),
    assetPaths: assets.filter((asset) => !hidden.includes(asset)).map(({ path }) => path),
    dependencies,
    catalogue: await libraryCatalogue(env.ASSETS),
  });
  if (!laid.ok) return laid;
  const { warnings } = laid;
  return { ok: true, package: laid.package, functions: reachable(laid.functions), warnings };
}

/** A private function is in the package, for others to require, and has no entry in a manifest. */
function reachable(functions: PackagedFunction[]): Map<string, ManifestFunction> {
  const entries = functions.flatMap(({ path, sid, visibility, flavour }) =>
    visibility === "private" ? [] : [[path, { sid, visibility, flavour }] as const],
  );
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

type Contents = { ok: true; bytes: Map<string, Uint8Array> } | { ok: false; errors: BuildError[] };

/** Reads the bytes of `versions`, by their SIDs. */
async function readContents(env: Env, versions: VersionRow[]): Promise<Contents> {
  const bytes = new Map<string, Uint8Array>();
  const errors: BuildError[] = [];
  await Promise.all(
    versions.map(async ({ service_sid, sid, path }) => {
      const object = await env.BYTES.get(assetKey(service_sid, sid));
      if (object) bytes.set(sid, new Uint8Array(await object.arrayBuffer()));
      else errors.push({ path, message: "its bytes are missing: upload it again" });
    }),
  );
  return errors.length > 0 ? { ok: false, errors } : { ok: true, bytes };
}
