import { env } from "cloudflare:workers";

type Read = KVNamespaceGetWithMetadataResult<string, unknown>;

/**
 * KV as another data centre sees it: a read keeps what it brought for `cacheTtl`, by the clock of
 * `Date`. Writes go through at once, and are not seen before that time is over.
 */
export function laggingKv() {
  const held = new Map<string, { until: number; read: Read }>();
  const kv = {
    reads: 0,
    down: false,
    /** The metadata that a read would bring from the cache; undefined where it would not. */
    shows(key: string): { asOf?: number } | undefined {
      const entry = held.get(key);
      return entry && Date.now() < entry.until ? (entry.read.metadata ?? { asOf: 0 }) : undefined;
    },
    async getWithMetadata(key: string, options: { cacheTtl: number }) {
      kv.reads += 1;
      if (kv.down) throw new Error("KV is down");
      const now = Date.now();
      let entry = held.get(key);
      if (!entry || now >= entry.until) {
        const read = await env.MANIFESTS.getWithMetadata(key, "text");
        entry = { until: now + options.cacheTtl * 1000, read };
        held.set(key, entry);
      }
      const { value, metadata } = entry.read;
      return { value: value === null ? null : new Response(value).body, metadata };
    },
  };
  return kv;
}
