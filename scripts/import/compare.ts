import { createHash } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import type { CopiedFile, FileProblem } from "./copy-files.ts";
import { ImportFailure, sentence } from "./failure.ts";
import { inParallel } from "./in-parallel.ts";
import { counted } from "./progress.ts";
import { FileFailure, fetchPublished, type Site } from "./published-file.ts";
import type { Session } from "./session.ts";

export type Comparison = { equal: number; different: FileProblem[] };

/** Between two looks, milliseconds, while a deployment is not seen yet. */
const PAUSE = 2000;

/** How long a place far from where it was deployed may serve what was before, milliseconds. */
const UNSEEN = 90_000;

/** How many files may stay different until the others are not looked at any more. */
const ENOUGH = 20;

const AT_ONCE = 8;

/**
 * Fetches every public and protected asset of `files` from here, as callers do, and compares its bytes
 * with those that Twilio served. What `/_headers` holds is a rule here, and no file.
 */
export async function compare(
  { api, patience, progress }: Session,
  domainName: string,
  files: CopiedFile[],
): Promise<Comparison> {
  const site: Site = {
    origin: `${new URL(api.url).protocol}//${domainName}`,
    authToken: api.authToken,
  };
  const served = files.filter(
    ({ version }) =>
      version.kind === "asset" && version.visibility !== "private" && version.path !== "/_headers",
  );
  const comparison: Comparison = { equal: 0, different: [] };
  const end = Date.now() + UNSEEN;
  await inParallel(served, AT_ONCE, async ({ version, known }) => {
    if (comparison.different.length >= ENOUGH) return;
    for (;;) {
      const reason = await difference(site, version, known.sha256);
      if (reason === null) {
        comparison.equal += 1;
        break;
      }
      if (Date.now() > end) {
        comparison.different.push({ path: version.path, reason });
        break;
      }
      await setTimeout(PAUSE);
    }
    progress.show(`Compared ${comparison.equal} of ${counted(served.length, "file")}`);
  });
  return comparison;

  async function difference(
    { origin, authToken }: Site,
    { path, visibility }: CopiedFile["version"],
    sha256: string,
  ): Promise<string | null> {
    try {
      const { body } = await fetchPublished({ origin, authToken }, path, visibility, patience);
      const same = createHash("sha256").update(body).digest("hex") === sha256;
      return same ? null : "its bytes are not those that Twilio serves";
    } catch (error) {
      if (error instanceof FileFailure) return error.message;
      throw new ImportFailure(`${origin} cannot be reached: ${sentence(error)}`);
    }
  }
}
