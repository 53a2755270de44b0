import { type Closure, closureKey, decodeClosure } from "../../contract/closure-format.ts";
import { decodePackage, libraryKey, packageKey } from "../../contract/package-format.ts";
import { TAIL } from "../runner/protocol.ts";
import { deploymentSids } from "./deployment.ts";
import type { FunctionHost } from "./invoke.ts";
import { carried } from "./worker-code.ts";

/** Returns the host of this Worker's own bindings: packages and libraries come from R2. */
export function functionHost(
  env: Env,
  exports: Cloudflare.Exports,
  ctx: { waitUntil(promise: Promise<unknown>): void },
): FunctionHost {
  return {
    baseDomain: env.BASE_DOMAIN,
    loader: env.LOADER,
    tail: TAIL,
    background: (work) => ctx.waitUntil(work),
    connect(deployment) {
      const props = deploymentSids(deployment);
      return {
        outbound: exports.FunctionOutbound({ props }),
        logs: exports.FunctionLogs({ props }),
      };
    },
    async read({ serviceSid, buildSid }, flavour) {
      const key = packageKey(serviceSid, buildSid);
      const encoded = await stored(env.BYTES, key);
      if (encoded === null) return { ok: false, detail: `${key} is missing` };
      const decoded = decodePackage(encoded);
      if (!decoded.ok) return { ok: false, detail: `${key}: ${decoded.detail}` };
      const hashes = carried(decoded.package, flavour).map(({ sha256 }) => sha256);
      const codes = await Promise.all(hashes.map((hash) => stored(env.BYTES, libraryKey(hash))));
      const libraries = new Map<string, string>();
      for (const [index, hash] of hashes.entries()) {
        const code = codes[index];
        if (!code) return { ok: false, detail: `${libraryKey(hash)} is missing` };
        libraries.set(hash, new TextDecoder().decode(code));
      }
      const closure = await readClosure(env.BYTES, decoded.package.closure);
      if (!closure.ok) return closure;
      return { ok: true, package: decoded.package, libraries, closure: closure.closure };
    },
  };
}

type ReadClosure = { ok: true; closure: Closure | null } | { ok: false; detail: string };

async function readClosure(bytes: R2Bucket, sha256: string | null): Promise<ReadClosure> {
  if (sha256 === null) return { ok: true, closure: null };
  const key = closureKey(sha256);
  const encoded = await stored(bytes, key);
  if (encoded === null) return { ok: false, detail: `${key} is missing` };
  const decoded = decodeClosure(encoded);
  return decoded.ok ? decoded : { ok: false, detail: `${key}: ${decoded.detail}` };
}

/** Throws where R2 does not answer, or breaks off: half a package is none. */
async function stored(bytes: R2Bucket, key: string): Promise<Uint8Array | null> {
  const object = await bytes.get(key);
  if (object === null) return null;
  const whole = new Uint8Array(await object.arrayBuffer());
  if (whole.byteLength !== object.size) throw new Error(`${key} broke off`);
  return whole;
}
