/** Assets and functions as the pages show both: files, each with versions. */
import type {
  AssetVersionRepresentation,
  BuildAssetVersion,
  BuildFunctionVersion,
  BuildRepresentation,
  FunctionVersionRepresentation,
  VersionFacts,
  Visibility,
} from "../../../api/representations.ts";

export type FileKind = "asset" | "function";

/** A version of an asset or a function, on its own or in a build. Never changed. */
export type FileVersion = {
  kind: FileKind;
  sid: string;
  service_sid: string;
  /** The asset or function that it is a version of. */
  file_sid: string;
  path: string;
  visibility: Visibility;
  date_created: string;
  content_sha256: string;
  /** Bytes. */
  content_size: number;
  /** A function is JavaScript, whatever its upload said. */
  content_type: string;
  /** What somebody found in its bytes; null where nobody looked. */
  facts: VersionFacts | null;
};

/** What a function's source is uploaded as; its Content-Type is of no consequence. */
export const SOURCE_TYPE = "application/javascript";

export function assetFile(version: AssetVersionRepresentation | BuildAssetVersion): FileVersion {
  const { asset_sid, content_type, facts } = version;
  return { ...shared(version), kind: "asset", file_sid: asset_sid, content_type, facts };
}

export function functionFile(
  version: FunctionVersionRepresentation | BuildFunctionVersion,
): FileVersion {
  const { function_sid } = version;
  return {
    ...shared(version),
    kind: "function",
    file_sid: function_sid,
    content_type: SOURCE_TYPE,
    facts: null,
  };
}

/** Returns what a build holds; nothing for no build. */
export function filesOfBuild(build: BuildRepresentation | undefined): FileVersion[] {
  if (!build) return [];
  return [...build.asset_versions.map(assetFile), ...build.function_versions.map(functionFile)];
}

type Shared = Omit<FileVersion, "kind" | "file_sid" | "content_type" | "facts">;

function shared(version: Shared): Shared {
  const { sid, service_sid, path, visibility, date_created, content_sha256, content_size } =
    version;
  return { sid, service_sid, path, visibility, date_created, content_sha256, content_size };
}
