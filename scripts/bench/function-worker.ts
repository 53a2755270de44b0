/**
 * The gateway as `npm run bench` calls functions through it: the built entry under plain `workerd
 * serve`, over stand-ins for KV and R2 that answer from memory. Every hostname is a deployment of its
 * own, and so a dynamic Worker of its own, of the one build that the bindings hold.
 */
import {
  encodeEnvironmentRecord,
  environmentRecordKey,
} from "../../src/contract/environment-record.ts";
import { encodeManifest, type ManifestFunction } from "../../src/contract/manifest.ts";
import worker from "../../src/worker.ts";
import { ACCOUNT_SID, AUTH_TOKEN, BASE_DOMAIN, BUILD_SID, SERVICE_SID } from "./fixture.ts";

export { FunctionLogs, FunctionOutbound } from "../../src/worker.ts";

type Bindings = {
  LOADER: WorkerLoader;
  FIXTURE: { hosts: string[]; functions: [path: string, fn: ManifestFunction][] };
  /** Everything else is an object of R2, under its key. */
  [key: string]: unknown;
};

const ENCRYPTION_KEY = new Uint8Array(32).toBase64();
const entries = new Map<string, { value: string; metadata: unknown }>();

const MANIFESTS = {
  async getWithMetadata(key: string) {
    const entry = entries.get(key);
    if (!entry) return { value: null, metadata: null };
    return { value: new Response(entry.value).body, metadata: entry.metadata };
  },
};

let env: Env | undefined;

export default {
  /** Not async: a promise more for each request would be measured as if it were the gateway's. */
  fetch(request: Request, bindings: Bindings, ctx: ExecutionContext) {
    if (env !== undefined) return worker.fetch(request as never, env, ctx);
    return layFixture(bindings.FIXTURE).then(() => {
      env = environmentOf(bindings);
      return worker.fetch(request as never, env, ctx);
    });
  },
};

function environmentOf(bindings: Bindings): Env {
  const BYTES = { get: async (key: string) => stored(bindings[key] as ArrayBuffer) };
  return {
    ...{ MANIFESTS, BYTES, BASE_DOMAIN, ENCRYPTION_KEY, LOADER: bindings.LOADER },
    ...{ TWILIO_ACCOUNT_SID: ACCOUNT_SID, TWILIO_AUTH_TOKEN: AUTH_TOKEN },
    LIMITS: { function_seconds: 10 },
  } as unknown as Env;
}

function stored(bytes: ArrayBuffer) {
  const text = async () => new TextDecoder().decode(bytes);
  return { size: bytes.byteLength, arrayBuffer: async () => bytes, text };
}

/** Writes a manifest and an environment's record for every host. */
async function layFixture({ hosts, functions }: Bindings["FIXTURE"]): Promise<void> {
  for (const [index, hostname] of hosts.entries()) {
    const digits = index.toString(16).padStart(32, "0");
    const environment = `ZE${digits}`;
    const { key, value, metadata } = await encodeManifest({
      ...{ hostname, account: ACCOUNT_SID, service: SERVICE_SID, build: BUILD_SID },
      ...{ environment, deployment: `ZD${digits}`, headers: [], assets: new Map() },
      functions: new Map(functions),
    });
    entries.set(key, { value, metadata });
    const record = { variables: { GREETING: "Ahoy" }, includeCredentials: true };
    entries.set(environmentRecordKey(environment), {
      value: await encodeEnvironmentRecord(environment, record, ENCRYPTION_KEY),
      metadata: null,
    });
  }
}
