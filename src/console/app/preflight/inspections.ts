/**
 * What the bytes of files showed when somebody looked: looked at once, by anybody, and kept by the API
 * with the version. Until it has it, by hash here.
 */
import { useEffect, useSyncExternalStore } from "react";
import type { VersionFacts } from "../../../api/representations.ts";
import { getContent } from "../api/client.ts";
import { contentPath } from "../api/queries.ts";
import type { FileVersion } from "../files/file-version.ts";
import { createListeners } from "../listeners.ts";
import { factsOf, RULES } from "./facts.ts";
import { playedSeconds } from "./played-seconds.ts";
import { tellFacts } from "./tell-facts.ts";

/** Of a file that is on the server already this much is fetched: metadata stands near the start. */
const FETCHED_BYTES = 262_144;
const AT_ONCE = 2;
/** More than this is not fetched at a visit: what was found is known at the next. */
const MOST = 200;

let known: ReadonlyMap<string, VersionFacts> = new Map();
const asked = new Set<string>();
const { listen, announce } = createListeners();

/** What was found in this tab, by the SHA-256 of the bytes. */
export function useInspections(): ReadonlyMap<string, VersionFacts> {
  return useSyncExternalStore(listen, () => known);
}

/** Returns what is known of a version's bytes; undefined where nobody looked yet. */
export function factsKnown(
  version: FileVersion,
  found: ReadonlyMap<string, VersionFacts>,
): VersionFacts | undefined {
  return found.get(version.content_sha256) ?? version.facts ?? undefined;
}

/** Looks at the whole of a file that was just uploaded as `version`. */
export async function inspectFile(version: FileVersion, content: Blob): Promise<void> {
  const { content_sha256: sha256, content_size: size } = version;
  if (!isInspected(version)) return;
  asked.add(sha256);
  const facts = known.get(sha256) ?? factsOf(new Uint8Array(await content.arrayBuffer()), size);
  const seconds = facts.seconds ?? (await playedSeconds(content, version.content_type));
  learn(version, { ...facts, seconds });
}

/** Notes how long a version plays, where that was not known. */
export function learnSeconds(version: FileVersion, seconds: number): void {
  const facts = factsKnown(version, known);
  if (facts && facts.seconds === null) learn(version, { ...facts, seconds });
}

/** Looks at those of `versions` that nobody has looked at. */
export function useInspectionOf(versions: FileVersion[]): void {
  useEffect(() => {
    const abortion = new AbortController();
    const next = versions
      .filter((version) => isInspected(version) && version.facts?.rules !== RULES)
      .filter(({ content_sha256 }) => !asked.has(content_sha256))
      .slice(0, MOST)
      .values();
    const worker = async () => {
      for (const version of next) {
        if (abortion.signal.aborted) return;
        await inspectVersion(version, abortion.signal);
      }
    };
    for (let number = 0; number < AT_ONCE; number++) void worker();
    return () => abortion.abort();
  }, [versions]);
}

async function inspectVersion(version: FileVersion, signal: AbortSignal): Promise<void> {
  const { content_sha256: sha256, content_size: size } = version;
  if (asked.has(sha256)) return;
  asked.add(sha256);
  try {
    const response = await getContent(contentPath(version), signal);
    learn(version, factsOf(await head(response), size));
  } catch {
    // A warning less. What was only interrupted is looked at again when the list changes.
    if (signal.aborted) asked.delete(sha256);
  }
}

async function head(response: Response): Promise<Uint8Array> {
  const bytes = new Uint8Array(FETCHED_BYTES);
  let length = 0;
  for await (const chunk of response.body ?? []) {
    const part = chunk.subarray(0, FETCHED_BYTES - length);
    bytes.set(part, length);
    length += part.length;
    if (length === FETCHED_BYTES) break;
  }
  return bytes.subarray(0, length);
}

function learn(version: FileVersion, facts: VersionFacts): void {
  known = new Map(known).set(version.content_sha256, facts);
  announce();
  tellFacts(version, facts);
}

/** A function is run, and a text is read: what matters of media is in their bytes. */
function isInspected({ kind, visibility, content_type, content_size }: FileVersion): boolean {
  if (kind === "function" || visibility === "private" || content_size === 0) return false;
  return (
    /^(audio|image|video)\//.test(content_type) ||
    /^application\/(pdf|octet-stream)/.test(content_type)
  );
}
