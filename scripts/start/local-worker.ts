/**
 * The Worker as `npm start` runs it: answers once the database has its newest form, and does what
 * Cloudflare's edge does before a Worker, where nothing else does it here.
 */
import { answerBeforeBody, openBody } from "../../src/api/request-body.ts";
import { CALLER_PACE } from "../../src/contract/pace.ts";
import worker from "../../src/worker.ts";

export * from "../../src/worker.ts";

type LocalEnv = Env & {
  /** Answers once the migrations are applied. */
  MIGRATED: Fetcher;
};

type Received = Parameters<typeof worker.fetch>[0];

/** What a client has sent already comes at once; one that waits for the answer first is not kept. */
const BODY_MILLISECONDS = 1_000;

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
  if (request.body === null || request.bodyUsed || request.body.locked) return response;
  // The runtime closes a connection with an unread body, and a client may lose the answer to that.
  const body = openBody(request, CALLER_PACE);
  const drained = body.drain().catch(() => {});
  const late = scheduler.wait(BODY_MILLISECONDS).then(() => "late");
  return (await Promise.race([drained, late])) === "late"
    ? answerBeforeBody(response, { ...body, drain: () => drained }, ctx)
    : response;
}
