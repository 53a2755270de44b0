/**
 * What the gateway and the runner inside a dynamic Worker say to each other, and the lay-out of the
 * Worker's modules that the package, the gateway and the runner agree on. Types and names alone: it
 * is compiled into both sides.
 */

import type { ClosureLinks } from "../../contract/closure-format.ts";
import type { Flavour } from "../../contract/package-format.ts";

/** One request to a function: everything about access has been decided before it is made. */
export type FunctionCall = {
  /** Request SID (RQ…): what log lines are filed under. */
  request: string;
  /** Function SID (ZH…), likewise. */
  functionSid: string;
  /** The function's canonical path, such as `/sms/reply`. */
  function: string;
  method: string;
  /** The path the client asked for. */
  path: string;
  /** The query as sent, without its question mark. */
  query: string;
  /** Header fields as received; a name may come more than once. */
  headers: [name: string, value: string][];
  /** Null where the request has no body. */
  body: Uint8Array | null;
  /** Host and port the client used. */
  domainName: string;
  serviceSid: string;
  environmentSid: string;
  /** Milliseconds until the function is answered for: 504. */
  timeout: number;
  /** Milliseconds that it may work on after its answer. */
  tail: number;
};

export type FunctionAnswer = {
  status: number;
  /** A name may come more than once. */
  headers: [name: string, value: string][];
  /** Text leaves as UTF-8. */
  body: string | Uint8Array<ArrayBuffer>;
};

/**
 * How the instance is after a call: `idle`, for the next one; `working`, since the function still does
 * something; `spent`, never to be used again.
 */
export type InstanceState = "idle" | "working" | "spent";

/** Why an instance takes no call: it has one, or still works for its last; or it is given up. */
export type InstanceRefusal = "busy" | "spent";

/**
 * What the runner says of its answer, in a header field of its own. The answer's body is the body, of
 * `length` bytes; short text stands in the head itself. `took` is in milliseconds. Only text and bytes
 * cross: the runner shares its isolate with functions, so the gateway checks whatever comes.
 */
export type AnswerHead =
  | (Omit<FunctionAnswer, "body"> & { state: InstanceState; took: number } & (
        | { length: number }
        | { text: string }
      ))
  | { refused: InstanceRefusal };

/** Bytes of a function's answer; what Twilio's platform takes. */
export const MAX_ANSWER = 6 * 1024 * 1024;

/** Characters of an answer's head. */
export const MAX_HEAD = 64 * 1024;

/** Characters of a head with its text: a TwiML answer has few, and a body costs a stream to read. */
export const MAX_HEAD_WITH_TEXT = 8 * 1024;

/** The response header that carries an answer's head: JSON, in ASCII. */
export const ANSWER_HEADER = "ringback-answer";

/** The request header that carries a call without its body: JSON, in ASCII. */
export const CALL_HEADER = "ringback-call";

export const CALL_URL = "http://runner/call";

/** A request for it gives the instance up. */
export const END_URL = "http://runner/end";

/** So does one for this, unless there is a call that has no answer yet. */
export const END_UNNEEDED_URL = "http://runner/end-unneeded";

/** Milliseconds that a function may work on after its answer. */
export const TAIL = 10_000;

/** What the dynamic Worker gets as its `env`: plain data, nothing of the host's. */
export type RunnerEnv = {
  /** The environment's variables. */
  variables: Record<string, string>;
  /** Null unless the service includes credentials. */
  credentials: { accountSid: string; authToken: string } | null;
};

/** The module `manifest.json` of a dynamic Worker. */
export type RunnerManifest = {
  flavour: Flavour;
  /** Function path as deployed → file. */
  functions: Record<string, string>;
  /** Canonical function path, which calls are made by → file. */
  handlers: Record<string, string>;
  /** Private asset path → file. */
  assets: Record<string, string>;
  /** File → the module of its wrapped code; null for a file that is only read. */
  files: Record<string, string | null>;
  /** Name of a bundle of the release, such as `twilio` → its module. */
  libraries: Record<string, string>;
  /** Whether any of the build's code makes code from text: `interpreter.cjs` stands beside it then. */
  compiles: boolean;
  /** SHA-256 of what is compiled as WebAssembly → the module that stands for it. */
  wasm: Record<string, string>;
  /** The npm packages that the build uses, as they were laid. */
  packages: ClosureLinks;
};

/** Where the modules of a dynamic Worker appear as read-only files. */
export const BUNDLE_ROOT = "/bundle";

/** What stands before a source's first line when it is wrapped: columns there shift by its length. */
export const WRAPPER_HEAD =
  "module.exports=function(Response,__import){return function(exports,require,module,__filename,__dirname){";

/** What stands after a wrapped source; the caller adds the sourceURL line. */
export const WRAPPER_TAIL = "\n}};";

export const TIMED_OUT = "Runtime application timed out.";
