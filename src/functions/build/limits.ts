const MiB = 1024 * 1024;

/** What one build may ask for. Each is checked before the bytes behind it are held. */
export const LIMITS = {
  /** Packages in the tree of a build, and how deep it goes. Only what is reached is fetched. */
  packages: 2_000,
  depth: 60,
  /** A registry document, of which only the versions asked for are read. */
  documentBytes: 64 * MiB,
  /** All documents of one build. */
  documentsBytes: 768 * MiB,
  /** A tarball as it is sent, and what it may unpack to: googleapis unpacks to 255 MB. */
  tarballBytes: 48 * MiB,
  unpackedBytes: 320 * MiB,
  tarEntries: 30_000,
  /** All tarballs of one build, unpacked: a build's work has one budget. */
  totalUnpackedBytes: 1024 * MiB,
  /** One file that is kept of a package, and all of them. */
  fileBytes: 12 * MiB,
  keptBytes: 64 * MiB,
  /** Data files that a package may read at run time. */
  dataBytes: 4 * MiB,
  /** What a build's functions may reach of their dependencies. */
  closureBytes: 24 * MiB,
  closureFiles: 8_000,
  /** Of these, files of one place that are there for names which code makes as it runs. */
  namedBytes: 2 * MiB,
  namedFiles: 500,
};

/** Requests at once: the platform lets six connections wait for an answer. */
export const CONNECTIONS = 6;

/** `2.5 MiB`. */
export function mebibytes(bytes: number): string {
  return `${(bytes / MiB).toFixed(1)} MiB`;
}

/** Runs `work` on every item, `atOnce` of them at a time; rejects with the first failure. */
export async function eachAtOnce<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < items.length) await work(items[next++] as T);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane));
}
