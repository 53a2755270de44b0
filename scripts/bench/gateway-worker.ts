/**
 * The gateway as `npm run bench` runs it: the built entry under plain `workerd serve`, over KV, R2
 * and Cache API stand-ins that answer from memory, so that what is measured is Ringback's own code.
 */
import { encodeManifest, type Manifest } from "../../src/contract/manifest.ts";
import worker from "../../src/worker.ts";
import {
  ACCOUNT_SID,
  AUTH_TOKEN,
  BASE_DOMAIN,
  BUILD_SID,
  etagOf,
  fixtureHosts,
  HOSTS,
  pathOf,
  SERVICE_SID,
} from "./fixture.ts";

const objects = new Map<string, Uint8Array<ArrayBuffer>>();
const manifests = new Map<string, { value: string; metadata: unknown }>();

const MANIFESTS = {
  async getWithMetadata(key: string) {
    const entry = manifests.get(key);
    if (!entry) return { value: null, metadata: null };
    return { value: new Response(entry.value).body, metadata: entry.metadata };
  },
};

const BYTES = {
  async get(key: string, options?: { range?: { offset: number; length: number } }) {
    const bytes = objects.get(key);
    if (!bytes) return null;
    const { offset = 0, length = bytes.byteLength } = options?.range ?? {};
    return {
      size: bytes.byteLength,
      body: new Response(bytes.subarray(offset, offset + length)).body,
    };
  },
};

const cached = new Map<string, Uint8Array<ArrayBuffer>>();
const cache = {
  /** Cuts a range out as the Cache API does, which reads no more of a body than that. */
  async match(asked: string | Request) {
    const bytes = cached.get(typeof asked === "string" ? asked : asked.url);
    if (!bytes) return undefined;
    const range = typeof asked === "string" ? null : asked.headers.get("Range");
    const bounds = /^bytes=(\d+)-(\d+)$/.exec(range ?? "");
    if (!bounds)
      return new Response(bytes, { headers: { "Content-Length": `${bytes.byteLength}` } });
    const [first, last] = [Number(bounds[1]), Number(bounds[2])];
    const headers = {
      "Content-Length": `${last - first + 1}`,
      "Content-Range": `bytes ${first}-${last}/${bytes.byteLength}`,
    };
    return new Response(bytes.subarray(first, last + 1), { status: 206, headers });
  },
  async put(key: string, response: Response) {
    cached.set(key, new Uint8Array(await response.arrayBuffer()));
  },
};
Object.defineProperty(globalThis, "caches", { value: { open: async () => cache } });

const env = {
  MANIFESTS,
  BYTES,
  BASE_DOMAIN,
  TWILIO_ACCOUNT_SID: ACCOUNT_SID,
  TWILIO_AUTH_TOKEN: AUTH_TOKEN,
} as unknown as Env;

/** What the recorder has handed over. */
const handed = { calls: 0, records: 0, requests: 0 };

const ACTIVITY = {
  getByName: () => ({
    async appendRequests({ records }: { records: { count: number }[] }) {
      // As a call does: the batch leaves as bytes.
      JSON.stringify(records);
      handed.calls += 1;
      handed.records += records.length;
      handed.requests += records.reduce((sum, { count }) => sum + count, 0);
    },
  }),
};

let laid = false;

export default {
  /** Not async: a promise more for each request would be measured as if it were the gateway's. */
  fetch(request: Request, { RECORDS }: { RECORDS?: boolean }, ctx: ExecutionContext) {
    if (laid) {
      if (request.url.startsWith("http://counts.test/")) return Response.json(handed);
      return worker.fetch(request as never, env, ctx);
    }
    return layFixture().then(() => {
      laid = true;
      if (RECORDS) Object.assign(env, { ACTIVITY });
      return worker.fetch(request as never, env, ctx);
    });
  },
};

/** Lays the fixture once: the hosts of fixture.ts, with as many assets as each asks for. */
async function layFixture(): Promise<void> {
  for (const { hostname, assets } of fixtureHosts()) {
    const manifest: Manifest = {
      hostname,
      account: ACCOUNT_SID,
      service: SERVICE_SID,
      environment: `ZE${"0".repeat(32)}`,
      deployment: `ZD${"0".repeat(32)}`,
      build: BUILD_SID,
      headers: HOSTS.headers,
      assets: new Map(),
      functions: new Map(),
    };
    for (let index = 0; index < assets; index++) {
      const { path, size, visibility } = pathOf(index);
      const sid = `ZN${index.toString(16).padStart(32, "0")}`;
      const key = `assets/${manifest.service}/${sid}`;
      if (!objects.has(key)) objects.set(key, new Uint8Array(size).fill(97));
      manifest.assets.set(path, {
        sid,
        sha256: index.toString(16).padStart(64, "0"),
        etag: etagOf(index),
        size,
        type: "audio/mpeg",
        visibility,
        modified: 784_111_777,
        headers: visibility === "public" ? 0 : 1,
      });
    }
    const { key, value, metadata } = await encodeManifest(manifest);
    manifests.set(key, { value, metadata });
  }
}
