import type { Place } from "./copy-files.ts";
import type { KnownVersion } from "./ledger.ts";
import { multipart } from "./multipart.ts";
import { bytes } from "./progress.ts";
import { FileFailure } from "./published-file.ts";
import type { Session } from "./session.ts";
import type { SourceVersion } from "./source-services.ts";
import { create, readAll } from "./target-api.ts";
import {
  resourceKey,
  type TargetHoldings,
  type TargetService,
  type TargetVersion,
} from "./target-service.ts";

/** A file as it came from Twilio. */
export type FetchedFile = { content: Uint8Array; known: KnownVersion };

/** Returns the version here that has the same bytes at the same path, or undefined. */
export async function findVersion(
  { api }: Session,
  { target, holdings }: Place,
  version: SourceVersion,
  known: KnownVersion,
): Promise<TargetVersion | undefined> {
  const { kind, path } = version;
  const find = () => holdings.versions[kind].find((one) => isSame(one, version, known));
  const resource = holdings.resources.get(resourceKey(kind, path));
  const found = find();
  if (found || !resource || holdings.searched.has(resource)) return found;
  // Uploaded before, and then another version was: both are kept, and either may be wanted.
  holdings.searched.add(resource);
  const versions = await listVersions(api, target, kind, resource);
  holdings.versions[kind].push(...versions);
  return find();
}

function listVersions(
  api: Session["api"],
  { sid }: TargetService,
  kind: SourceVersion["kind"],
  resource: string,
): Promise<TargetVersion[]> {
  const key = `${kind}_versions`;
  return readAll(api, `/Services/${sid}/${COLLECTIONS[kind]}/${resource}/Versions`, key);
}

const COLLECTIONS = { asset: "Assets", function: "Functions" };

/** A type that Twilio was never told is chosen here (docs/compatibility.md). */
const NO_TYPE = /^application\/octet-stream\b/;

function isSame(here: TargetVersion, version: SourceVersion, { sha256, type }: KnownVersion) {
  return (
    here.path === version.path &&
    here.visibility === version.visibility &&
    here.content_sha256 === sha256 &&
    (type === null ||
      NO_TYPE.test(type) ||
      here.content_type === undefined ||
      here.content_type.toLowerCase() === type.toLowerCase())
  );
}

/** Uploads a file as a new version of the asset or function that is named like its path. */
export async function uploadVersion(
  { api }: Session,
  { target, holdings }: Place,
  version: SourceVersion,
  { content, known }: FetchedFile,
): Promise<TargetVersion> {
  const { kind, path, visibility } = version;
  const limit = api.limits[visibility === "private" ? `private_${kind}_bytes` : `${kind}_bytes`];
  const largest = limit ?? api.limits[`${kind}_bytes`] ?? Infinity;
  if (known.size > largest) {
    throw new FileFailure(
      413,
      `It has ${bytes(known.size)}; ${api.url} takes at most ${bytes(largest)}`,
    );
  }
  const collection = `/Services/${target.sid}/${COLLECTIONS[kind]}`;
  const resource = await ensureResource(api, collection, holdings, kind, path);
  const type = kind === "function" ? "application/javascript" : known.type;
  const uploaded = await create<TargetVersion>(
    api,
    `${collection}/${resource}/Versions`,
    multipart({ Path: path, Visibility: visibility }, path, type, content),
    async () => {
      const versions = await listVersions(api, target, kind, resource);
      return versions.find((one) => isSame(one, version, known));
    },
  );
  if (uploaded.content_sha256 !== known.sha256) {
    throw new FileFailure(502, "Its bytes arrived changed; run this again");
  }
  holdings.versions[kind].push(uploaded);
  return uploaded;
}

/** Returns the SID of the asset or function that is named like its path, made where there is none. */
async function ensureResource(
  api: Session["api"],
  collection: string,
  { resources, searched }: TargetHoldings,
  kind: SourceVersion["kind"],
  name: string,
): Promise<string> {
  const found = resources.get(resourceKey(kind, name));
  if (found) return found;
  type Named = { sid: string; friendly_name: string };
  const { sid } = await create<Named>(
    api,
    collection,
    new URLSearchParams({ FriendlyName: name }),
    async () => {
      const all = await readAll<Named>(api, collection, `${kind}s`);
      return all.find(({ friendly_name }) => friendly_name === name);
    },
  );
  resources.set(resourceKey(kind, name), sid);
  searched.add(sid);
  return sid;
}
