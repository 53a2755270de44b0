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
  // It reaches the cookies and stores of every host below the registrable domain.
  "clear-site-data",
]);

const HTML = /^(?:text\/html|application\/xhtml\+xml)[\t ]*(?:;|$)/i;

/** Where the bytes of one answer are held: this isolate has many to hold. */
export type AnswerRoom = {
  /** Holds `bytes` in all from now on; false where that is more than there is room for. */
  take(bytes: number): boolean;
  /** Holds none any more. */
  giveBack(): void;
  /** Returns bytes as the body of an answer, held until they are read; null where there is no room. */
  send(bytes: Uint8Array<ArrayBuffer>): BodyInit | null;
};

/** Room without bounds. */
export const ANY_ROOM: AnswerRoom = { take: () => true, giveBack() {}, send: (bytes) => bytes };

/**
 * Returns `answer` as the response to a request of `method`; 503 where its body cannot be held. What
 * would reach the cookies of other hosts below `baseDomain`, or of it, is left out.
 */
export function answerResponse(
  answer: Pick<FunctionAnswer, "status" | "headers"> & { body: Uint8Array<ArrayBuffer> },
  method: string,
  baseDomain: string,
  room: AnswerRoom = ANY_ROOM,
): Response {
  const headers = new Headers();
  for (const [name, value] of answer.headers) {
    const field = name.toLowerCase();
    if (DROPPED.has(field)) continue;
    if (field === "set-cookie" && isForOthers(value, baseDomain)) continue;
    headers.append(name, value);
  }
  // A function's answer is made for its request: nothing keeps it unless the function says so. What is
  // between here and the browser rewrites HTML unasked.
  if (!headers.has("Cache-Control")) {
    const isHtml = HTML.test(headers.get("Content-Type") ?? "");
    headers.set("Cache-Control", isHtml ? "no-store, no-transform" : "no-store");
  }
  if (!headers.has("Date")) headers.set("Date", now());
  const { status } = answer;
  const bodiless = method === "HEAD" || status === 204 || status === 205 || status === 304;
  const sent = room.send(bodiless ? new Uint8Array() : answer.body);
  const body = bodiless ? null : sent;
  if (sent === null) return crowdedResponse();
  // What a function has compressed is not to be compressed again.
  const encodeBody = headers.has("Content-Encoding") ? "manual" : "automatic";
  return new Response(body, { status, headers, encodeBody });
}

/** Whether a cookie would be sent to the hosts of other tenants: its domain is theirs too. */
function isForOthers(cookie: string, baseDomain: string): boolean {
  const base = baseDomain.replace(/:\d+$/, "").toLowerCase();
  return cookie.split(";").some((attribute) => {
    const [name = "", value = ""] = attribute.split("=", 2);
    if (name.trim().toLowerCase() !== "domain") return false;
    const domain = value
      .trim()
      .replace(/^\.|\.$/g, "")
      .toLowerCase();
    return domain !== "" && (base === domain || base.endsWith(`.${domain}`));
  });
}

/** Returns the response in place of an answer for which there is no room. */
export function crowdedResponse(): Response {
  return failureResponse(503, "Too many answers at once");
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
