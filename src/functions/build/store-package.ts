import {
  encodePackage,
  type FunctionPackage,
  libraryKey,
  type PackagedLibrary,
  packageKey,
} from "../../contract/package-format.ts";
import type { LibraryCatalogue } from "./libraries.ts";

/** Where a release keeps its library bundles: static assets, which no public request reaches. */
const LIBRARIES = "https://assets.invalid/libraries";

/** Returns the libraries that this release can lay into a build. */
export async function libraryCatalogue(assets: Fetcher): Promise<LibraryCatalogue> {
  const response = await released(assets, "catalogue.json");
  return (await response.json()) as LibraryCatalogue;
}

/**
 * Stores a build's package in R2, and before it the libraries it names, so that what is stored can
 * always be started: a later release may bring others.
 */
export async function storePackage(
  bytes: R2Bucket,
  assets: Fetcher,
  build: { serviceSid: string; buildSid: string },
  pkg: FunctionPackage,
): Promise<void> {
  await Promise.all(pkg.libraries.map((library) => storeLibrary(bytes, assets, library)));
  await bytes.put(packageKey(build.serviceSid, build.buildSid), encodePackage(pkg));
}

async function storeLibrary(
  bytes: R2Bucket,
  assets: Fetcher,
  { file, sha256 }: PackagedLibrary,
): Promise<void> {
  const key = libraryKey(sha256);
  if ((await bytes.head(key)) !== null) return;
  const response = await released(assets, file);
  await bytes.put(key, await response.arrayBuffer(), { sha256 });
}

async function released(assets: Fetcher, file: string): Promise<Response> {
  const response = await assets.fetch(`${LIBRARIES}/${file}`);
  if (!response.ok) throw new Error(`This release has no ${file}: run npm run build`);
  return response;
}
