import {
  ANSWER_HEADER,
  CALL_HEADER,
  CALL_URL,
  END_UNNEEDED_URL,
  END_URL,
  type FunctionCall,
} from "../runner/protocol.ts";
import type { AnswerRoom } from "./answer-response.ts";
import { type InstanceAnswer, readAnswer } from "./read-answer.ts";

export type CallOutcome =
  | InstanceAnswer
  /** The Worker did not start, or ended without an answer: what the platform says of it. */
  | { kind: "died"; detail: string }
  | { kind: "overdue" };

/** Passes `call` to an instance, which has `patience` milliseconds for its answer, held in `room`. */
export async function callInstance(
  worker: WorkerStub,
  call: FunctionCall,
  patience: number,
  room: AnswerRoom,
): Promise<CallOutcome> {
  const { body, ...facts } = call;
  // An answer that comes too late takes no room any more.
  let awaited = true;
  let timer: ReturnType<typeof setTimeout> | null = null;
  const overdue = new Promise<CallOutcome>((resolve) => {
    timer = setTimeout(() => resolve({ kind: "overdue" }), patience);
  });
  try {
    const answered = worker
      .getEntrypoint()
      .fetch(CALL_URL, {
        method: body === null ? "GET" : "POST",
        headers: { [CALL_HEADER]: asciiJson(facts) },
        body: body as Uint8Array<ArrayBuffer> | null,
      })
      .then((response) => readAnswer(response, (bytes) => awaited && room.take(bytes)));
    return await Promise.race([answered, overdue]);
  } catch (error) {
    return { kind: "died", detail: error instanceof Error ? error.message : String(error) };
  } finally {
    awaited = false;
    clearTimeout(timer);
  }
}

/** What a header field can carry whatever is in it. */
function asciiJson(value: object): string {
  return JSON.stringify(value).replaceAll(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Stands in for an instance that is to be given up and has gone already: it does the same. */
const ENDING: WorkerLoaderWorkerCode = {
  compatibilityDate: "2026-10-20",
  mainModule: "end.js",
  modules: {
    "end.js": `
      import { abortIsolate, WorkerEntrypoint } from "cloudflare:workers";
      export default class extends WorkerEntrypoint {
        fetch() {
          let leave;
          this.ctx.waitUntil(new Promise((resolve) => { leave = resolve; }));
          setTimeout(async () => {
            leave();
            for (let turn = 0; turn < 10; turn++) await null;
            abortIsolate("given up");
          }, 1);
          return new Response(null, { headers: { "${ANSWER_HEADER}": '{"refused":"spent"}' } });
        }
      }`,
  },
  globalOutbound: null,
};

/**
 * Gives the instance `id` up, which frees its memory; one that is `unneeded` here only where it has no
 * call of another isolate's. False where it cannot be reached.
 */
export async function endInstance(
  loader: WorkerLoader,
  id: string,
  why: "broken" | "unneeded",
): Promise<boolean> {
  try {
    const response = await loader
      .get(id, () => ENDING)
      .getEntrypoint()
      .fetch(why === "broken" ? END_URL : END_UNNEEDED_URL);
    await response.body?.cancel();
    return true;
  } catch {
    return false;
  }
}
