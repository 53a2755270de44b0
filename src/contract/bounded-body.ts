export type BoundedBody =
  | { ok: true; body: Uint8Array }
  | { ok: false; reason: "body-too-large" | "body-broken" };

const NO_BYTES = new Uint8Array();

/**
 * Reads the whole body of `request`, a POST; that of any other method is not read, and counts as empty.
 * `body-too-large` for more than `limit` bytes, `body-broken` for one that does not arrive whole.
 */
export async function readBoundedBody(request: Request, limit: number): Promise<BoundedBody> {
  if (request.method !== "POST" || request.body === null) return { ok: true, body: NO_BYTES };
  if (Number(request.headers.get("content-length")) > limit) {
    return { ok: false, reason: "body-too-large" };
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    const reader = (request.body as ReadableStream<Uint8Array>).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.byteLength;
      if (size > limit) {
        await reader.cancel().catch(() => {});
        return { ok: false, reason: "body-too-large" };
      }
      chunks.push(value);
    }
  } catch {
    return { ok: false, reason: "body-broken" };
  }
  const body = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return { ok: true, body };
}
