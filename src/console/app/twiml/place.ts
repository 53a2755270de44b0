import type { EnvironmentRepresentation } from "../../../api/representations.ts";
import type { FileVersion } from "../files/file-version.ts";
import { pathKey } from "../files/paths.ts";
import { essence } from "../preflight/sniff.ts";
import type { TwimlPlace } from "./check.ts";

/** Whether an asset is looked at as TwiML: XML, which a call is answered with. */
export function isTwiml(path: string, contentType: string): boolean {
  if (contentType !== "") return /^(text|application)\/xml$/.test(essence(contentType));
  return /\.xml$/i.test(path);
}

/** Where a text stands: at `path`, among `versions`, which `environments` serve or will. */
export function twimlPlace(
  path: string,
  versions: FileVersion[],
  environments: EnvironmentRepresentation[],
): TwimlPlace {
  const files = new Map(versions.map((version) => [pathKey(version.path), version.visibility]));
  return {
    path,
    hosts: environments.map(({ domain_name }) => domain_name),
    visibilityOf: (asked) => files.get(pathKey(asked)) ?? null,
  };
}
