import type { ValueMetadata } from "../contract/value-metadata.ts";

/**
 * Called after each KV write of a manifest, or of an environment's or account's record: the key, and
 * what KV now has under it; null where it was deleted.
 */
export type Published = (
  key: string,
  value: string | null,
  metadata: ValueMetadata,
) => void | Promise<void>;
