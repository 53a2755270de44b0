import { dateField } from "../../contract/http-date.ts";
import type { FunctionAnswer } from "../runner/protocol.ts";

/** Fields of one connection (RFC 9110, 7.6.1), and what the HTTP layer sets itself. */
const DROPPED = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "content-length",
]);

/** Returns bytes as the body of an answer; null where the isolate holds too many to take them. */
export type SendBytes = (bytes: Uint8Array<ArrayBuffer>) => BodyInit | null;

/** Returns `answer` as the response to a request of `method`; 503 where its body cannot be held. */
export function answerResponse(
  answer: Pick<FunctionAnswer, "status" | "headers"> & { body: Uint8Array<ArrayBuffer> },
  method: string,
  send: SendBytes = (bytes) => bytes,
): Response {
  const headers = new Headers();
  for (const [name, value] of answer.headers) {
    if (!DROPPED.has(name.toLowerCase())) headers.append(name, value);
  }
  // A function's answer is made for its request: nothing keeps it unless the function says so.
  if (!headers.has("Cache-Control")) headers.set("Cache-Control", "no-store");
  if (!headers.has("Date")) headers.set("Date", now());
  const { status } = answer;
  const bodiless = method === "HEAD" || status === 204 || status === 205 || status === 304;
  const body = bodiless ? null : send(answer.body);
  if (body === null && !bodiless) return failureResponse(503, "Too many answers at once");
  return new Response(body, { status, headers });
}

/** Returns the response that says `text` in place of an answer, which nobody keeps. */
export function failureResponse(status: number, text: string): Response {
  const headers = new Headers({ "Content-Type": "text/plain", "Cache-Control": "no-store" });
  headers.set("Date", now());
  if (status === 429) headers.set("Retry-After", "1");
  if (status === 503) headers.set("Retry-After", "5");
  return new Response(text, { status, headers });
}

/** An origin with a clock says when it answered (RFC 9110, 6.6.1). */
function now(): string {
  return dateField(Math.floor(Date.now() / 1000));
}
