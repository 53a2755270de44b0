import { deploymentSids } from "./deployment.ts";
import type { FunctionHost } from "./invoke.ts";
import { decodePackage, libraryKey, packageKey } from "./package-format.ts";
import { carried } from "./worker-code.ts";

/** Returns the host of this Worker's own bindings: packages and libraries come from R2. */
export function functionHost(env: Env, exports: Cloudflare.Exports): FunctionHost {
  return {
    loader: env.LOADER,
    connect(deployment) {
      const props = deploymentSids(deployment);
      return {
        outbound: exports.FunctionOutbound({ props }),
        logs: exports.FunctionLogs({ props }),
      };
    },
    async read({ serviceSid, buildSid }, flavour) {
      const encoded = await stored(env.BYTES, packageKey(serviceSid, buildSid));
      const pkg = decodePackage(new Uint8Array(await encoded.arrayBuffer()));
      const libraries = await Promise.all(
        carried(pkg, flavour).map(async ({ sha256 }) => {
          const code = await stored(env.BYTES, libraryKey(sha256));
          return [sha256, await code.text()] as const;
        }),
      );
      return { package: pkg, libraries: new Map(libraries) };
    },
  };
}

async function stored(bytes: R2Bucket, key: string): Promise<R2ObjectBody> {
  const object = await bytes.get(key);
  if (object === null) throw new Error(`${key} is missing`);
  return object;
}
