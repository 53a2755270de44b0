import { abortIsolate } from "cloudflare:workers";
import {
  ANSWER_HEADER,
  CALL_HEADER,
  END_UNNEEDED_URL,
  END_URL,
  type FunctionAnswer,
  type FunctionCall,
  type InstanceRefusal,
  type InstanceState,
  MAX_ANSWER,
  MAX_HEAD_WITH_TEXT,
} from "./protocol.ts";
import { hasDied } from "./uncaught.ts";
import { closeSockets, hasOpenSockets, isWorking } from "./work.ts";

/** What answers one call, and what is to be known of it then. */
export type Served = {
  answer: Promise<FunctionAnswer>;
  /** Whether the handler's own promise has settled, if it gave one. */
  settled(): boolean;
  timedOut(): boolean;
  /** Called when nothing more is done for the call. */
  end(): void;
};

type Context = { waitUntil(promise: Promise<unknown>): void };

// Before the functions' own code can replace any of it.
const { setTimeout, Response, Promise: PlatformPromise, Uint8Array: Bytes } = globalThis;
const { stringify, parse } = JSON;
const { isArray } = Array;
const { now } = Date;
const { defineProperty } = Object;
const encoder = new TextEncoder();
const { call } = Function.prototype;
const charCodeAt = call.bind(String.prototype.charCodeAt) as (text: string, at: number) => number;
const slice = call.bind(String.prototype.slice) as (text: string, from: number) => string;
const hexadecimal = call.bind(Number.prototype.toString) as (value: number, radix: 16) => string;
const test = call.bind(RegExp.prototype.test) as (pattern: RegExp, text: string) => boolean;

/** Control characters are escaped in JSON already. */
const BEYOND_ASCII = /[\x7f-\uffff]/;

/** Milliseconds past a call's time and its tail after which nobody comes back for it. */
const LAPSE = 3_000;
/** Milliseconds between two looks at whether a function still works. */
const PAUSE = 20;
/** Milliseconds: timers that are longer may be a pool's, which closes what nobody has used for so long. */
const POOLED = 5_000;
/** Milliseconds for the last answer to leave. */
const LAST_WORDS = 50;

/** Until when the call that is served holds this instance; null when it is free. */
let heldUntil: number | null = null;
let unanswered = false;
let spent = false;

/**
 * Serves one call at a time. A second is refused, whoever asks, until the first has been answered and
 * what its function still does has ended, or has had its time; then the instance is given up, and
 * so it is when a call timed out.
 */
export async function serveAlone(
  request: Request,
  ctx: Context,
  serve: (call: FunctionCall) => Served,
): Promise<Response> {
  if (request.url === END_UNNEEDED_URL && unanswered) return refusal("busy");
  if (request.url === END_URL || request.url === END_UNNEEDED_URL) giveUp(ctx);
  if (spent) return refusal("spent");
  const held = heldUntil !== null && now() < heldUntil;
  if (held && (unanswered || !hasDied())) return refusal("busy");
  if (heldUntil !== null || hasDied()) {
    // Its request was ended, or its function died: what it left is not known.
    giveUp(ctx);
    return refusal("spent");
  }
  const facts = parse(request.headers.get(CALL_HEADER) as string) as Omit<FunctionCall, "body">;
  const began = now();
  heldUntil = began + facts.timeout + facts.tail + LAPSE;
  unanswered = true;
  const body = request.body === null ? null : new Bytes(await request.arrayBuffer());
  const served = serve({ ...facts, body });
  const answer = await served.answer;
  const took = now() - began;
  unanswered = false;
  if (served.timedOut() || hasDied()) {
    served.end();
    giveUp(ctx);
    return answered(answer, "spent", took);
  }
  // What follows from the answer at once is no work that goes on.
  for (let turn = 0; turn < 10 && !served.settled(); turn++) await null;
  if (served.settled() && !isWorking(now(), facts.tail) && !hasOpenSockets()) {
    served.end();
    heldUntil = null;
    return answered(answer, "idle", took);
  }
  ctx.waitUntil(finish(served, facts.tail, ctx));
  return answered(answer, "working", took);
}

async function finish(served: Served, tail: number, ctx: Context): Promise<void> {
  const deadline = now() + tail;
  let closed = false;
  while (!served.settled() || isWorking(now(), tail)) {
    if (now() >= deadline || hasDied()) giveUp(ctx);
    if (spent) return served.end();
    // A pool keeps its sockets by timers of many seconds, and lets go of both when they are closed.
    if (served.settled() && hasOpenSockets() && !isWorking(now(), POOLED)) {
      closed = true;
      closeSockets();
    }
    await pause(PAUSE);
  }
  closed ||= hasOpenSockets();
  closeSockets();
  await pause(PAUSE);
  served.end();
  // Who would open them anew, as clients of Redis do, waits for a timer that ends with this request.
  if (closed && isWorking(now(), Number.POSITIVE_INFINITY)) giveUp(ctx);
  else heldUntil = null;
}

/**
 * The id of this instance stands for a new one then, and its memory is given back. What still waits for
 * something at that moment would wait for ever, as the platform sees it, and have no logs: so nothing
 * does.
 */
function giveUp(ctx: Context): void {
  if (spent) return;
  spent = true;
  let leave = () => {};
  ctx.waitUntil(
    new PlatformPromise<void>((resolve) => {
      leave = resolve;
    }),
  );
  const end = async () => {
    leave();
    for (let turn = 0; turn < 10; turn++) await null;
    abortIsolate("given up");
  };
  setTimeout(end, LAST_WORDS);
}

function pause(milliseconds: number): Promise<void> {
  return new PlatformPromise((resolve) => setTimeout(resolve, milliseconds));
}

function refusal(refused: InstanceRefusal): Response {
  return headed(`{"refused":"${refused}"}`, null);
}

/** Written piece by piece, from text and numbers: objects may have been given a `toJSON`. */
function answered(
  { status, headers, body }: FunctionAnswer,
  state: InstanceState,
  took: number,
): Response {
  let fields = "";
  for (let at = 0; at < headers.length; at++) {
    const field = headers[at];
    if (!isArray(field)) continue;
    if (fields !== "") fields += ",";
    fields += `[${stringify(`${field[0]}`)},${stringify(`${field[1]}`)}]`;
  }
  const head = `"status":${+status | 0},"headers":[${ascii(fields)}],"state":"${state}","took":${took}`;
  if (typeof body === "string" && body.length < MAX_HEAD_WITH_TEXT) {
    const whole = `{${head},"text":${ascii(stringify(body))}}`;
    if (whole.length <= MAX_HEAD_WITH_TEXT) return headed(whole, null);
  }
  const bytes =
    typeof body === "string"
      ? (encoder.encode(body) as typeof body & Uint8Array<ArrayBuffer>)
      : body;
  const length = +bytes.byteLength | 0;
  const tooLarge = length > MAX_ANSWER;
  return headed(`{${head},"length":${length}}`, length === 0 || tooLarge ? null : bytes);
}

/** What JSON in a header field can carry. */
function ascii(text: string): string {
  if (!test(BEYOND_ASCII, text)) return text;
  let plain = "";
  for (let at = 0; at < text.length; at++) {
    const code = charCodeAt(text, at);
    plain += code <= 0x7e ? text[at] : `\\u${slice(hexadecimal(code + 0x10000, 16), 1)}`;
  }
  return plain;
}

function headed(head: string, body: Uint8Array<ArrayBuffer> | null): Response {
  const init: ResponseInit = { headers: { [ANSWER_HEADER]: head } };
  const response = new Response(body, init);
  // With a `then` of its own it is no promise, whatever a function has hung on all objects.
  return defineProperty(response, "then", { value: undefined });
}
