import { createHash } from "node:crypto";
import { ApiFailure } from "../deploy/serverless-api.ts";
import { ImportFailure, sentence } from "./failure.ts";
import { inParallel } from "./in-parallel.ts";
import type { KnownVersion } from "./ledger.ts";
import { bytes, counted } from "./progress.ts";
import { fetchPublished } from "./published-file.ts";
import { oldOrigin, type Session } from "./session.ts";
import {
  currentBuild,
  functionSource,
  type SourceBuild,
  type SourceEnvironment,
  type SourceService,
  type SourceVersion,
} from "./source-services.ts";
import type { TargetHoldings, TargetService } from "./target-service.ts";
import { type FetchedFile, findVersion, uploadVersion } from "./target-versions.ts";

export type CopiedFile = {
  version: SourceVersion;
  /** The version here. */
  sid: string;
  known: KnownVersion;
};

export type FileProblem = { path: string; reason: string };

export type FileCopy = {
  files: CopiedFile[];
  problems: FileProblem[];
  uploaded: number;
  uploadedBytes: number;
};

export type Place = {
  service: SourceService;
  environment: SourceEnvironment;
  target: TargetService;
  holdings: TargetHoldings;
};

/** How many files are on their way at once: each is held whole, 25 MB at most. */
const FILES_AT_ONCE = 5;

/** After how many files Twilio is asked whether the environment still serves the same build. */
const FILES_BETWEEN_LOOKS = 50;

/** So many files that a site fails to answer say that it is the site, not the files. */
const SITE_FAILURES = 3;

/** Returns what tells of a copy that has not begun. */
export function newFileCopy(): FileCopy {
  return { files: [], problems: [], uploaded: 0, uploadedBytes: 0 };
}

/**
 * Copies every version of `build` that is not here yet, and tells in `copy` how far it came. Throws
 * ImportFailure where it cannot go on.
 */
export async function copyFiles(
  session: Session,
  place: Place,
  build: SourceBuild,
  versions: SourceVersion[],
  copy: FileCopy,
): Promise<void> {
  const { progress, ledger, source } = session;
  const name = `${place.service.uniqueName} ${place.environment.uniqueName}`;
  let done = 0;
  let siteFailures = 0;
  for (let start = 0; start < versions.length; start += FILES_BETWEEN_LOOKS) {
    const fetched: KnownVersion[] = [];
    const some = versions.slice(start, start + FILES_BETWEEN_LOOKS);
    await inParallel(some, FILES_AT_ONCE, async (version) => {
      try {
        if (siteFailures < SITE_FAILURES) await copyFile(session, place, version, copy, fetched);
      } catch (error) {
        if (error instanceof ImportFailure || isGone(error)) throw error;
        const { status = 500 } = error as { status?: number };
        if (status >= 500) siteFailures += 1;
        const reason = error instanceof ApiFailure ? error.reason : sentence(error);
        copy.problems.push({ path: version.path, reason });
      }
      done += 1;
      const copied = `${counted(copy.uploaded, "file")} uploaded, ${bytes(copy.uploadedBytes)}`;
      progress.show(`${name}: ${done} of ${counted(versions.length, "file")}, ${copied}`);
    });
    if (siteFailures >= SITE_FAILURES) {
      throw new ImportFailure(
        `Several files could not be copied, so the others were not tried: ${copy.problems[0]?.reason}`,
      );
    }
    if (fetched.length === 0) continue;
    // What was fetched under a path is this build's only as long as no other was deployed.
    if ((await currentBuild(source, place.service, place.environment.sid)) !== build.sid) {
      throw new ImportFailure(
        "It was deployed anew at Twilio while it was copied. Run this again.",
      );
    }
    for (const known of fetched) ledger.add(known);
  }
}

/** What a file goes to is not there any more, or the credentials are not: no other file fares better. */
function isGone(error: unknown): boolean {
  return error instanceof ApiFailure && (error.status === 404 || error.status === 401);
}

async function copyFile(
  session: Session,
  place: Place,
  version: SourceVersion,
  copy: FileCopy,
  fetched: KnownVersion[],
): Promise<void> {
  const known = session.ledger.version(version.sid);
  const here = known && (await findVersion(session, place, version, known));
  if (known && here) {
    copy.files.push({ version, sid: here.sid, known });
    return;
  }
  const file = await fetchFile(session, place, version);
  if (version.visibility !== "private" || version.kind === "function") fetched.push(file.known);
  const same = await findVersion(session, place, version, file.known);
  const { sid } = same ?? (await uploadVersion(session, place, version, file));
  if (!same) {
    copy.uploaded += 1;
    copy.uploadedBytes += file.known.size;
  }
  copy.files.push({ version, sid, known: file.known });
}

async function fetchFile(
  session: Session,
  { service, environment }: Place,
  version: SourceVersion,
): Promise<FetchedFile> {
  const { source, patience } = session;
  if (version.kind === "function") {
    const text = await functionSource(source, service.sid, version);
    return describe(session, version, Buffer.from(text), null);
  }
  if (version.visibility === "private") {
    const content = session.privateFiles.get(service.sid)?.get(version.path);
    if (!content) throw new ImportFailure(`The private asset ${version.path} is missing`);
    return describe(session, version, content, null);
  }
  const site = { origin: oldOrigin(session, environment), authToken: session.sourceToken };
  const answer = await fetchPublished(site, version.path, version.visibility, patience);
  return describe(session, version, answer.body, answer.headers["content-type"] ?? null);
}

/** What may hold an address, and is small enough to be looked through. */
const TEXT = /^(?:text\/|application\/(?:json|xml|javascript|xhtml))|[+](?:xml|json)\b/;
const LARGEST_TEXT = 2 * 1024 * 1024;

function describe(
  { domains }: Session,
  { kind, sid }: SourceVersion,
  content: Uint8Array,
  type: string | null,
): FetchedFile {
  const isText = content.length < LARGEST_TEXT && (kind === "function" || TEXT.test(type ?? ""));
  const text = isText ? Buffer.from(content).toString() : "";
  return {
    content,
    known: {
      version: sid,
      sha256: createHash("sha256").update(content).digest("hex"),
      size: content.length,
      type,
      mentions: domains.filter((domain) => text.includes(domain)),
    },
  };
}
