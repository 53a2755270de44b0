import {
  libraryKey,
  type PackagedLibrary,
  type PrebuiltLibrary,
} from "../contract/package-format.ts";
import { pacedWrite } from "./paced-write.ts";

/** Where a release keeps its bundles: static assets, which no public request reaches. */
const LIBRARIES = "https://assets.invalid/libraries";

/** Returns the bundles of this release, newest first. */
export async function prebuiltLibraries(assets: Fetcher): Promise<PrebuiltLibrary[]> {
  const response = await released(assets, "catalogue.json");
  const { libraries } = (await response.json()) as { libraries: PrebuiltLibrary[] };
  return libraries;
}

/** Stores bundles in R2, so that a build that names them can be started by any later release. */
export async function storeLibraries(
  bytes: R2Bucket,
  assets: Fetcher,
  libraries: PackagedLibrary[],
): Promise<void> {
  await Promise.all(
    libraries.map(async ({ file, sha256 }) => {
      const key = libraryKey(sha256);
      if ((await bytes.head(key)) !== null) return;
      const response = await released(assets, file);
      const code = await response.arrayBuffer();
      await pacedWrite(async () => void (await bytes.put(key, code, { sha256 })));
    }),
  );
}

async function released(assets: Fetcher, file: string): Promise<Response> {
  const response = await assets.fetch(`${LIBRARIES}/${file}`);
  if (!response.ok) throw new Error(`This release has no ${file}: run npm run build`);
  return response;
}
