/** What the bytes of files showed when somebody looked, by their hash: looked at once, known from then. */
import { useEffect, useSyncExternalStore } from "react";
import { getContent } from "../api/client.ts";
import { contentPath } from "../api/queries.ts";
import type { FileVersion } from "../files/file-version.ts";
import { createListeners } from "../listeners.ts";
import { type Embedded, embeddedMetadata } from "./embedded.ts";
import { SNIFFED_BYTES, sniffedType } from "./sniff.ts";

export type Inspection = { sniffed: string | null; embedded: Embedded };

/** Of a file that is on the server already this much is fetched: metadata stands near the start. */
const FETCHED_BYTES = 262_144;
const AT_ONCE = 2;
/** More than this is not fetched for a service: what was dropped in this tab is known anyway. */
const MOST = 100;

let known: ReadonlyMap<string, Inspection> = new Map();
const asked = new Set<string>();
const { listen, announce } = createListeners();

export function useInspections(): ReadonlyMap<string, Inspection> {
  return useSyncExternalStore(listen, () => known);
}

/** Looks at a file that was just uploaded with this hash. */
export async function inspectFile(sha256: string, content: Blob): Promise<void> {
  if (asked.has(sha256)) return;
  asked.add(sha256);
  learn(sha256, new Uint8Array(await content.arrayBuffer()));
}

/** Looks at those of `versions` that nobody has looked at. */
export function useInspectionOf(versions: FileVersion[]): void {
  useEffect(() => {
    const abortion = new AbortController();
    const next = versions
      .filter((version) => version.visibility !== "private" && isMedia(version.content_type))
      .filter(({ content_sha256, content_size }) => content_size > 0 && !asked.has(content_sha256))
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
  const { content_sha256: sha256 } = version;
  if (asked.has(sha256)) return;
  asked.add(sha256);
  try {
    const response = await getContent(contentPath(version), signal);
    learn(sha256, await head(response));
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

function learn(sha256: string, bytes: Uint8Array): void {
  const sniffed = sniffedType(bytes.subarray(0, SNIFFED_BYTES));
  const embedded = embeddedMetadata(bytes, sniffed ?? "");
  known = new Map(known).set(sha256, { sniffed, embedded });
  announce();
}

function isMedia(type: string): boolean {
  return /^(audio|image|video)\//.test(type) || type.startsWith("application/pdf");
}
