import { type BodyBounds, readBoundedBody } from "../contract/bounded-body.ts";
import { type Hold, heldBytes } from "../contract/byte-budget.ts";
import {
  decodeEnvironmentRecord,
  type EnvironmentRecord,
  environmentRecordKey,
} from "../contract/environment-record.ts";
import { functionTime } from "../contract/function-time.ts";
import type { Manifest, ManifestFunction } from "../contract/manifest.ts";
import { CALLER_PACE } from "../contract/pace.ts";
import type { ValueMetadata } from "../contract/value-metadata.ts";
import type { AuthTokenSource } from "./auth-tokens.ts";
import { Callers, type Place } from "./callers.ts";
import { errorResponse } from "./errors.ts";
import { noted } from "./exchange.ts";
import { type Background, KvMemo } from "./kv-memo.ts";
import { FUNCTION_METHODS, functionOptionsResponse } from "./options.ts";
import { isForm } from "./signature.ts";
import { type Admission, type AdmissionSources, admit } from "./signed-request.ts";

/** A request that a function is to answer: everything about access has been decided. */
export type AdmittedCall = {
  request: Request;
  /** The whole body; null where the request has none. */
  body: Uint8Array | null;
  manifest: Manifest;
  /** Canonical. */
  path: string;
  fn: ManifestFunction;
  variables: Record<string, string>;
  /** Null unless the service includes credentials. */
  credentials: { accountSid: string; authToken: string } | null;
  /** Takes the bytes of the answer; whoever sends it gives them back. */
  answerHold: Hold;
};

/** Runs an admitted call. The gateway is given it, so that it imports nothing of what runs code. */
export type FunctionRunner = (call: AdmittedCall, ctx: Background) => Promise<Response>;

/** Twilio's limit (contract 5). */
const FUNCTION_BODY_LIMIT = 6 * 1024 * 1024;

/**
 * Bytes of a signed form: its fields are decoded, sorted and hashed under many spellings of the URL
 * before anything is proven. Twilio's own have a few KB.
 */
const SIGNED_FORM_LIMIT = 64 * 1024;

/** Bytes of environment records that one isolate remembers. */
const MEMO_LIMIT = 4 * 1024 * 1024;

/** Decides who may call a function, and collects what the call needs. */
export class FunctionGate {
  readonly #kv: KVNamespace;
  readonly #tokens: AuthTokenSource;
  readonly #admission: AdmissionSources;
  readonly #run: FunctionRunner;
  readonly #environments: KvMemo<EnvironmentRecord | null>;
  readonly #callers = new Callers();
  readonly #limits: unknown;

  constructor(env: Env, tokens: AuthTokenSource, run: FunctionRunner) {
    this.#kv = env.MANIFESTS;
    this.#tokens = tokens;
    this.#admission = { tokens, kv: env.MANIFESTS };
    this.#run = run;
    this.#limits = env.LIMITS;
    this.#environments = new KvMemo({
      limit: MEMO_LIMIT,
      keyOf: environmentRecordKey,
      decode: (value, environmentSid) =>
        decodeEnvironmentRecord(value, environmentSid, env.ENCRYPTION_KEY),
      isSound: (record) => record !== null,
    });
  }

  /** Makes this isolate run functions with what it just wrote to KV, if `key` is an environment's. */
  published(key: string, value: string | null, metadata: ValueMetadata): Promise<void> {
    return this.#environments.replace(key, value, metadata);
  }

  /** Answers a request whose path is a function's. */
  answer(
    request: Request,
    manifest: Manifest,
    path: string,
    fn: ManifestFunction,
    ctx: Background,
  ): Response | Promise<Response> {
    const { method } = request;
    if (method === "OPTIONS") return functionOptionsResponse();
    if (method !== "GET" && method !== "POST") {
      return errorResponse("function-method-not-allowed", request, { Allow: FUNCTION_METHODS });
    }
    const place = this.#callers.enter(manifest.account, functionTime(this.#limits));
    if (place === null) {
      return errorResponse("too-many-calls", request, { "Retry-After": "1" });
    }
    const hold = heldBytes.open(`calls:${manifest.account}`);
    const answered = this.#call(request, manifest, path, fn, place, hold, ctx).finally(() => {
      place.leave();
      hold.release();
    });
    // A caller that hangs up ends its request, and all that waits in it. The call goes on: it has to
    // give back its place and its bytes, and others may wait for the Worker that it is starting.
    ctx.waitUntil(answered.catch(() => {}));
    return answered;
  }

  async #call(
    request: Request,
    manifest: Manifest,
    path: string,
    fn: ManifestFunction,
    place: Place,
    hold: Hold,
    ctx: Background,
  ): Promise<Response> {
    const bounds: BodyBounds = {
      limit: FUNCTION_BODY_LIMIT,
      hold,
      pace: CALLER_PACE,
      givenUp: place.awaitBody(hold.release),
      progressed: place.progressed,
      makeRoom: () => this.#callers.makeRoom(manifest.account),
    };
    const admission =
      fn.visibility === "protected"
        ? await admit(
            request,
            manifest.account,
            this.#admission,
            signedBounds(request, bounds),
            ctx,
          )
        : await unsigned(request, bounds);
    place.bodyCame();
    if (!admission.admitted) {
      const { reason, detail, explain } = admission;
      const shown = reason === "body-too-large" ? "function-body-too-large" : reason;
      const refusal = errorResponse(shown, request, undefined, detail);
      const hostnames = manifest.hostnames ?? [];
      return explain ? noted(refusal, { explain: () => explain(hostnames) }) : refusal;
    }
    const environment = await this.#environments.find(manifest.environment, this.#kv, ctx);
    if (environment.outcome === "unavailable") {
      return errorResponse("environment-unavailable", request, undefined, environment.error);
    }
    if (environment.outcome === "absent" || environment.value === null) {
      // Written before the manifest that needs it: it is on its way here, or cannot be read.
      return errorResponse("environment-unavailable", request, undefined, "no record");
    }
    const { variables, includeCredentials } = environment.value;
    let credentials: AdmittedCall["credentials"] = null;
    if (includeCredentials) {
      const tokens = await this.#tokens.find(manifest.account, this.#kv, ctx);
      if (tokens.outcome !== "found") {
        return errorResponse("tokens-unavailable", request, undefined, tokens.outcome);
      }
      credentials = { accountSid: manifest.account, authToken: tokens.tokens[0] };
    }
    const body = admission.body.byteLength === 0 ? null : admission.body;
    const answerHold = heldBytes.open(`calls:${manifest.account}`);
    return this.#run(
      { request, body, manifest, path, fn, variables, credentials, answerHold },
      ctx,
    );
  }
}

/** A form is the message that a signature is made over; of any other body, its hash is. */
function signedBounds(request: Request, bounds: BodyBounds): BodyBounds {
  return isForm(request.headers.get("content-type"))
    ? { ...bounds, limit: SIGNED_FORM_LIMIT }
    : bounds;
}

async function unsigned(request: Request, bounds: BodyBounds): Promise<Admission> {
  const read = await readBoundedBody(request, bounds);
  return read.ok ? { admitted: true, body: read.body } : { admitted: false, reason: read.reason };
}
