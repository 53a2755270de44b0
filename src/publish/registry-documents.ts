/**
 * Where a registry's documents are kept for as long as it allows: each is an HTTP answer, and HTTP
 * says how long one is good (RFC 9111), as npm's own cache does.
 */
export type DocumentStore = {
  cache: Pick<Cache, "match" | "put">;
  /** The cache's name of a document. */
  key: string;
  now: number;
  /** What goes on behind the answer. */
  waitUntil(work: Promise<unknown>): void;
};

/** Says on a kept document, in milliseconds since 1970, until when it is good. */
const GOOD_UNTIL = "x-good-until";
/** Says to the builder that a document was not fetched for it. */
export const KEPT = "x-kept";

/**
 * Seconds for which a document is good where the registry says nothing of it, and at most, whatever it
 * says: the public registry says five minutes, and npm keeps to that.
 */
const UNSAID = 60;
const LONGEST = 300;

/** Seconds for which one that is not good any more is kept, to ask whether it has changed. */
const KEPT_FOR = 24 * 60 * 60;

/**
 * Returns a document: the one that is kept where it is good still, or else what `ask` gets. One past its time
 * is asked for by its entity tag, and serves where the registry has no other, or is not well. `anew`:
 * what is kept does not do.
 */
export async function keptDocument(
  store: DocumentStore,
  anew: boolean,
  ask: (etag: string | null) => Promise<Response>,
): Promise<Response> {
  const kept = anew ? undefined : await store.cache.match(store.key);
  if (kept && Number(kept.headers.get(GOOD_UNTIL)) > store.now) return answer(kept);
  const etag = kept?.headers.get("etag") ?? null;
  let fetched: Response;
  try {
    fetched = await ask(etag);
  } catch (error) {
    if (!kept) throw error;
    return answer(kept);
  }
  if (kept && (fetched.status === 304 || fetched.status >= 500)) {
    await fetched.body?.cancel();
    if (fetched.status !== 304) return answer(kept);
    return keeping(store, kept, etag, goodFor(fetched.headers) ?? 0);
  }
  await kept?.body?.cancel();
  const seconds = fetched.status === 200 ? goodFor(fetched.headers) : null;
  if (seconds === null) return fetched;
  return keeping(store, fetched, fetched.headers.get("etag"), seconds);
}

/**
 * Seconds for which an answer is good; null where it is not to be kept. `private` is no hindrance: it
 * is kept for this installation, which is its one user.
 */
export function goodFor(headers: Headers): number | null {
  const control = headers.get("cache-control")?.toLowerCase() ?? "";
  if (/\bno-store\b/.test(control)) return null;
  if (/\bno-cache\b/.test(control)) return 0;
  const said = /\bmax-age="?(\d{1,9})/.exec(control)?.[1];
  if (said === undefined) return UNSAID;
  const age = Number(headers.get("age") ?? 0) || 0;
  return Math.max(0, Math.min(LONGEST, Number(said) - age));
}

function answer({ body, headers }: Response): Response {
  return new Response(body, { headers: { ...typeOf(headers), [KEPT]: "1" } });
}

function typeOf(headers: Headers): Record<string, string> {
  return { "content-type": headers.get("content-type") ?? "application/json" };
}

/** Hands `source` on, and keeps it once it has come whole: as fast as the slower of both, in no buffer. */
function keeping(
  { cache, key, now, waitUntil }: DocumentStore,
  source: Response,
  etag: string | null,
  seconds: number,
): Response {
  if (source.body === null) return source;
  const onward = new IdentityTransformStream();
  const copy = new IdentityTransformStream();
  const headers = typeOf(source.headers);
  const put = cache.put(
    key,
    new Response(copy.readable, {
      headers: {
        ...headers,
        ...(etag !== null && { etag }),
        "cache-control": `max-age=${KEPT_FOR}`,
        [GOOD_UNTIL]: String(now + seconds * 1000),
      },
    }),
  );
  const pumped = pump(source.body, [onward.writable, copy.writable]);
  waitUntil(Promise.allSettled([put, pumped]));
  return new Response(onward.readable, { headers });
}

async function pump(
  source: ReadableStream<Uint8Array>,
  sinks: WritableStream<Uint8Array>[],
): Promise<void> {
  const writers = sinks.map((sink) => sink.getWriter());
  try {
    for await (const chunk of source) {
      await Promise.all(writers.map((writer) => writer.write(chunk)));
    }
    await Promise.all(writers.map((writer) => writer.close()));
  } catch (error) {
    // Who reads hears of it, and what came so far is not kept.
    await Promise.allSettled(writers.map((writer) => writer.abort(error)));
  }
}
