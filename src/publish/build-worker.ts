import { exports } from "cloudflare:workers";
import builder from "../../dist/functions/builder.txt";
import type { Builder, BuilderEnv } from "../functions/build/protocol.ts";
import { configuredRegistries } from "./registry-address.ts";

/** The builder's own version: it stands in its first line. */
const VERSION = builder.slice("// ".length, builder.indexOf("\n"));

/**
 * What one step may take: milliseconds of processor time, enforced in production alone, and requests
 * to the registry and the store.
 */
const LIMITS = { cpuMs: 60_000, subRequests: 5_000 };

/**
 * Returns the builder of a service: our own code in a dynamic Worker, which reads what tenants and
 * registries made. `attempt` names another isolate where one has died.
 */
export function builderFor(env: Env, serviceSid: string, attempt: number): Builder {
  const registries = builderRegistries(env);
  const places = JSON.stringify(registries);
  const worker = env.LOADER.get(`builder:${VERSION}:${serviceSid}:${attempt}:${places}`, () => ({
    compatibilityDate: "2026-10-20",
    compatibilityFlags: ["nodejs_compat"],
    mainModule: "builder.js",
    modules: { "builder.js": { js: builder } },
    env: {
      store: exports.BuildStore({ props: { serviceSid } }),
      ...registries,
    } satisfies BuilderEnv,
    globalOutbound: exports.BuildRegistry({}),
    limits: LIMITS,
  }));
  return worker.getEntrypoint() as unknown as Builder;
}

/** Addresses alone: tokens stay with BuildRegistry. */
function builderRegistries(env: Env): Pick<BuilderEnv, "registries" | "fault"> {
  const read = configuredRegistries(env);
  if (!read.ok) return { registries: [], fault: `This installation's ${read.fault}` };
  const registries = read.places.map(({ scope, address }) => ({ scope, address }));
  return { registries, fault: null };
}
