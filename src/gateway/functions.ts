import { readBoundedBody } from "../contract/bounded-body.ts";
import {
  decodeEnvironmentRecord,
  type EnvironmentRecord,
  environmentRecordKey,
} from "../contract/environment-record.ts";
import type { Manifest, ManifestFunction } from "../contract/manifest.ts";
import type { AuthTokenSource } from "./auth-tokens.ts";
import { errorResponse } from "./errors.ts";
import { type Background, KvMemo } from "./kv-memo.ts";
import { FUNCTION_METHODS, functionOptionsResponse } from "./options.ts";
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
};

/** Runs an admitted call. The gateway is given it, so that it imports nothing of what runs code. */
export type FunctionRunner = (call: AdmittedCall, ctx: Background) => Promise<Response>;

/** Twilio's limit (contract 5). */
const FUNCTION_BODY_LIMIT = 6 * 1024 * 1024;

/** Bytes of environment records that one isolate remembers. */
const MEMO_LIMIT = 4 * 1024 * 1024;

/** Decides who may call a function, and collects what the call needs. */
export class FunctionGate {
  readonly #kv: KVNamespace;
  readonly #tokens: AuthTokenSource;
  readonly #admission: AdmissionSources;
  readonly #run: FunctionRunner;
  readonly #environments: KvMemo<EnvironmentRecord | null>;

  constructor(env: Env, tokens: AuthTokenSource, run: FunctionRunner) {
    this.#kv = env.MANIFESTS;
    this.#tokens = tokens;
    this.#admission = { tokens, kv: env.MANIFESTS, bodyLimit: FUNCTION_BODY_LIMIT };
    this.#run = run;
    this.#environments = new KvMemo({
      limit: MEMO_LIMIT,
      keyOf: environmentRecordKey,
      decode: (value, environmentSid) =>
        decodeEnvironmentRecord(value, environmentSid, env.ENCRYPTION_KEY),
      isSound: (record) => record !== null,
    });
  }

  /** Makes this isolate run functions with what it just wrote to KV, if `key` is an environment's. */
  published(key: string, value: string | null, revision: string | null): Promise<void> {
    return this.#environments.replace(key, value, revision);
  }

  /** Answers a request whose path is a function's. */
  async answer(
    request: Request,
    manifest: Manifest,
    path: string,
    fn: ManifestFunction,
    ctx: Background,
  ): Promise<Response> {
    const { method } = request;
    if (method === "OPTIONS") return functionOptionsResponse();
    if (method !== "GET" && method !== "POST") {
      return errorResponse("function-method-not-allowed", request, { Allow: FUNCTION_METHODS });
    }
    const admission =
      fn.visibility === "protected"
        ? await admit(request, manifest.account, this.#admission, ctx)
        : await unsigned(request);
    if (!admission.admitted) {
      const { reason, detail } = admission;
      const shown = reason === "body-too-large" ? "function-body-too-large" : reason;
      return errorResponse(shown, request, undefined, detail);
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
    return this.#run({ request, body, manifest, path, fn, variables, credentials }, ctx);
  }
}

async function unsigned(request: Request): Promise<Admission> {
  const read = await readBoundedBody(request, FUNCTION_BODY_LIMIT);
  return read.ok ? { admitted: true, body: read.body } : { admitted: false, reason: read.reason };
}
