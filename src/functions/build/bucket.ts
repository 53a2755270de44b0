import { Unavailable } from "./refusal.ts";

/** The part of R2 that the builder may use, by way of the gateway's BuildStore. */
export type Bucket = {
  /** Null where there is no such object. `range`: bytes. */
  get(key: string, range?: { offset: number; length: number }): Promise<Uint8Array | null>;
  has(key: string): Promise<boolean>;
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Writes `size` bytes piece by piece. */
  putPieces(key: string, size: number, pieces: AsyncIterable<Uint8Array>): Promise<void>;
};

export function openBucket(store: Fetcher): Bucket {
  async function ask(method: string, key: string, init: RequestInit = {}): Promise<Response> {
    const response = await store.fetch(`https://store.invalid/${key}`, { method, ...init });
    if (response.ok || response.status === 404) return response;
    throw new Unavailable(`${method} ${key} answered ${response.status}`);
  }
  async function put(key: string, body: BodyInit): Promise<void> {
    const response = await ask("PUT", key, { body });
    if (!response.ok) throw new Unavailable(`${key} cannot be written`);
  }
  return {
    async get(key, range) {
      const headers: Record<string, string> = range
        ? { range: `bytes=${range.offset}-${range.offset + range.length - 1}` }
        : {};
      const response = await ask("GET", key, { headers });
      return response.ok ? new Uint8Array(await response.arrayBuffer()) : null;
    },
    async has(key) {
      return (await ask("HEAD", key)).ok;
    },
    put: (key, bytes) => put(key, bytes as BodyInit),
    async putPieces(key, size, pieces) {
      const { readable, writable } = new FixedLengthStream(size);
      const written = put(key, readable);
      const writer = writable.getWriter();
      try {
        for await (const piece of pieces) await writer.write(piece);
        await writer.close();
      } catch (error) {
        await writer.abort(error).catch(() => {});
        await written.catch(() => {});
        throw error;
      }
      await written;
    },
  };
}
