import { useEffect, useRef, useState } from "react";

/** How many files are read at once. */
const AT_ONCE = 4;
/** The page is told this often, milliseconds: not for each of a thousand. */
const TOLD = 150;

/**
 * Returns the SHA-256 (lower-case hexadecimal) of each of `files`, by its id, as far as they are read:
 * what is the same as what is there need not be sent.
 */
export function useHashes(files: { id: number; file: File }[]): {
  hashes: ReadonlyMap<number, string>;
  ready: boolean;
} {
  const [hashes, setHashes] = useState<ReadonlyMap<number, string>>(new Map());
  const read = useRef(new Map<number, string>());
  const key = files.map(({ id }) => id).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says which files are meant.
  useEffect(() => {
    let stopped = false;
    let told = performance.now();
    const next = files.filter(({ id }) => !read.current.has(id)).values();
    const tell = () => {
      told = performance.now();
      if (!stopped) setHashes(new Map(read.current));
    };
    const worker = async () => {
      for (const { id, file } of next) {
        if (stopped) return;
        // One that cannot be read is sent, and fails there.
        read.current.set(id, await sha256(file).catch(() => ""));
        if (performance.now() - told > TOLD) tell();
      }
    };
    void Promise.all(Array.from({ length: AT_ONCE }, worker)).then(tell);
    return () => {
      stopped = true;
    };
  }, [key]);
  return { hashes, ready: files.every(({ id }) => hashes.has(id)) };
}

async function sha256(content: Blob): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await content.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
