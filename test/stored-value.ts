import { env } from "cloudflare:workers";
import type { ValueMetadata } from "../src/contract/value-metadata.ts";

/** What KV has under a key; null where it has nothing, or what a deletion leaves for a while. */
export async function storedValue(key: string): Promise<string | null> {
  const { value, metadata } = await env.MANIFESTS.getWithMetadata<ValueMetadata>(key);
  return metadata?.gone ? null : value;
}
