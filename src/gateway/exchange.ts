import type { LogRecord } from "../contract/log-record.ts";
import type { Manifest } from "../contract/manifest.ts";
import type { Resource } from "./decide.ts";
import type { Background } from "./kv-memo.ts";

/** What an answer does not say of itself. */
export type AnswerFacts = {
  /** Why the request failed. */
  reason?: string;
  /** What the bytes were read from, past the isolate's memory. */
  source?: "cache" | "bucket";
  /** RQ…, of a function's call. */
  functionRequest?: string;
  /** What the log of the environment's functions is to say of the call, beside their own lines. */
  line?: LogRecord;
  /** Bytes of the body, where no manifest tells. */
  bytes?: number;
  /** Finds out why a signature was refused. Called behind the answer. */
  explain?: () => Promise<string>;
};

/** A request to a host that is deployed, and its answer. */
export type Exchange = {
  request: Request;
  /** Canonical where it names something, else as received. */
  path: string;
  /** As received. */
  query: string;
  manifest: Manifest;
  resource: Resource;
  response: Response;
  /** Milliseconds since 1970. */
  began: number;
};

/** Takes exchanges behind the answer; the gateway is given it, and never waits for it. */
export type ExchangeTaker = (exchange: Exchange, ctx: Background) => void;

const facts = new WeakMap<Response, AnswerFacts>();

/** Notes what `response` does not say of itself, and returns it. */
export function noted(response: Response, more: AnswerFacts): Response {
  const known = facts.get(response);
  facts.set(response, known ? { ...known, ...more } : more);
  return response;
}

/** What was noted of an answer. */
export function factsOf(response: Response): AnswerFacts | undefined {
  return facts.get(response);
}
