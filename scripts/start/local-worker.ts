/**
 * The Worker as `npm start` runs it: answers once the database has its newest form, and does what
 * Cloudflare's edge does before a Worker, where nothing else does it here.
 */
import worker from "../../src/worker.ts";

export * from "../../src/worker.ts";

type LocalEnv = Env & {
  /** Answers once the migrations are applied. */
  MIGRATED: Fetcher;
};

type Received = Parameters<typeof worker.fetch>[0];

/** A body that nobody reads is read to its end if it is no longer than an upload, and comes at once. */
const DISCARDED = { bytes: 32 * 1024 * 1024, milliseconds: 2_000 };

let migrated = false;

export default {
  ...worker,
  fetch(request, env, ctx) {
    if (!hasReadableCf(request)) return new Response("400 Bad Request\n", { status: 400 });
    if (migrated && request.body === null) return worker.fetch(request, env, ctx);
    return answer(request, env, ctx);
  },
} satisfies ExportedHandler<LocalEnv>;

/** The runtime takes `request.cf` from a header of the client, unread until it is needed. */
function hasReadableCf(request: Request): boolean {
  try {
    return request.cf !== null;
  } catch {
    return false;
  }
}

async function answer(request: Received, env: LocalEnv, ctx: ExecutionContext): Promise<Response> {
  if (!migrated) await env.MIGRATED.fetch("http://migrated/");
  migrated = true;
  const response = await worker.fetch(request, env, ctx);
  if (request.body !== null && !request.bodyUsed) await discard(request.body);
  return response;
}

/** The runtime closes a connection with an unread body, and a client may lose the answer to that. */
async function discard(body: ReadableStream<Uint8Array>): Promise<void> {
  const reader = body.getReader();
  const late = scheduler.wait(DISCARDED.milliseconds).then(() => null);
  try {
    for (let left = DISCARDED.bytes; left > 0; ) {
      const read = await Promise.race([reader.read(), late]);
      if (read === null || read.done) return;
      left -= read.value.byteLength;
    }
  } catch {
    // It broke off: there is nothing left to read.
  }
}
